import {beforeAll, describe, expect, test} from 'vitest';
import {type Entry, mapTree, type NdArray, type Tensor, type TrainState, type Tree} from '../../src/contract/index.js';
import {clipByGlobalNorm, compile, globalNorm, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {UserError} from '../../src/support/errors.js';

const vector = (...values: number[]): NdArray => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});
const initial = {params: {w: vector(1, 2)}, modelState: {seen: vector(0)}, optimizer: {}};

/** `w += rate * x`, and the model state counts the calls. */
const step: Entry = (state, {x, rate}) => {
  const {w} = state.params as {w: Tensor};
  const {seen} = state.modelState as {seen: Tensor};
  const next = tf.add(w, tf.mul(x, rate));
  return {
    state: {params: {w: next}, modelState: {seen: tf.add(seen, 1)}, optimizer: {}},
    outputs: {sum: tf.sum(next), next},
  };
};
const look: Entry = (state) => ({state, outputs: {sum: tf.sum((state.params as {w: Tensor}).w)}});
const keyed: Entry = (state, {key}) => ({state, outputs: {key}});

describe.each(['wasm', 'cpu'])('a program on %s', (backend) => {
  beforeAll(() => openEngine(backend));

  test('runs its entries over one state', () => {
    const program = compile(initial, {step, look});
    const outputs = program.run('step', {x: vector(1, 1), rate: 0.5});
    expect(outputs.number('sum')).toBe(4);
    expect([...outputs.array('next').data]).toEqual([1.5, 2.5]);
    program.run('step', {x: vector(1, 1), rate: 0.5});
    expect(program.run('look', {}).number('sum')).toBe(5);
    expect(program.read()).toEqual({params: {w: vector(2, 3)}, modelState: {seen: vector(2)}, optimizer: {}});
    program.dispose();
  });

  test('gives the leaves of its state one by one, as copies', () => {
    const program = compile(initial, {step, look});
    program.run('step', {x: vector(1, 1), rate: 0.5});
    const leaves = program.leaves();
    expect(leaves).toEqual(program.read());
    const {w} = leaves.params as {w: NdArray};
    w.data[0] = 99;
    expect(leaves).toEqual(program.read());
    program.dispose();
  });

  test.skipIf(backend === 'tensorflow')('reads no tensor that would run other code for it', () => {
    let runs = 0;
    let given: Tensor | undefined;
    const giving: Entry = (state) => {
      given = tf.add((state.params as {w: Tensor}).w, 1);
      return {state: {...state, params: {w: given}}, outputs: {}};
    };
    const program = compile(initial, {giving});
    program.run('giving', {});
    expect([...(program.read().params as {w: NdArray}).w.data]).toEqual([2, 3]);
    Object.assign(given!, {dataSync: () => Float32Array.of(++runs, 0)});
    for (const read of [() => program.read(), () => (program.leaves().params as {w: NdArray}).w.data])
      expect(read).toThrow('was given fields or methods of its own');
    expect(runs).toBe(0);
    program.dispose();
  });

  test('takes arrays that are computed of its leaves when they are asked for', () => {
    const program = compile(initial, {step, look});
    program.run('step', {x: vector(1, 1), rate: 0.5});
    const before = program.read();
    const twice = ({shape, dtype, data}: NdArray): NdArray => ({shape, dtype, data: data.map((value) => 2 * value)});
    const whenAsked = (leaf: NdArray): NdArray => ({
      shape: leaf.shape,
      dtype: leaf.dtype,
      get data() {
        return twice(leaf).data;
      },
    });
    const mapped = (state: TrainState<NdArray>, map: (leaf: NdArray) => NdArray) =>
      mapTree<NdArray, NdArray>(state as unknown as Tree<NdArray>, map) as unknown as TrainState<NdArray>;
    program.write(mapped(program.leaves(), whenAsked));
    expect(program.read()).toEqual(mapped(before, twice));
    program.dispose();
  });

  test('takes keys of 32 bits and trees of arrays', () => {
    const nested: Entry = (state, {batch}) => ({state, outputs: {x: batch.inner.x}});
    const program = compile(initial, {keyed, nested});
    expect([...program.run('keyed', {key: [2 ** 32 - 1, 7]}).array('key').data]).toEqual([-1, 7]);
    expect([...program.run('nested', {batch: {inner: {x: vector(3)}}}).array('x').data]).toEqual([3]);
    program.dispose();
  });

  test('refuses an entry that is an async function', () => {
    const fails = (async () => Promise.reject(new Error('late'))) as unknown as Entry;
    const program = compile(initial, {fails});
    expect(() => program.run('fails', {})).toThrow(UserError);
    expect(() => program.run('fails', {})).toThrow("entry 'fails' is an async function");
    program.dispose();
  });

  test('what it was given may change afterwards', () => {
    const x = vector(1, 1);
    const given = structuredClone(initial);
    const program = compile(given, {step, look});
    const keep: Entry = (state, {x: input}) => ({state: {...state, params: {w: input}}, outputs: {}});
    const keeping = compile(given, {keep, look});
    keeping.run('keep', {x});
    program.run('step', {x, rate: 1});
    given.params.w.data[0] = 99;
    const state = program.read();
    (state.params as {w: NdArray}).w.data[0] = 99;
    program.write(state);
    (state.params as {w: NdArray}).w.data[0] = 1000;
    expect(program.run('look', {}).number('sum')).toBe(102);
    program.dispose();
    keeping.dispose();
  });

  test('refuses a state of another form, an unknown entry, an unknown output', () => {
    const program = compile(initial, {step});
    expect(() => program.write({...initial, params: {w: vector(1)}})).toThrow(
      "'params/w' is float32 [2], got float32 [1]",
    );
    expect(() => program.write({...initial, params: {v: vector(1, 2)}})).toThrow(
      "trees differ in structure at 'params': missing 'w', unexpected 'v'",
    );
    expect(() => program.run('stop', {})).toThrow("there is no entry 'stop', only step");
    const outputs = program.run('step', {x: vector(0, 0), rate: 0});
    expect(() => outputs.number('loss')).toThrow("there is no output 'loss', only sum, next");
    expect(() => outputs.number('next')).toThrow("output 'next' is not a scalar: its shape is [2]");
    program.dispose();
  });

  test('the count of tensors is level over 1,000 steps, and none is left after it', () => {
    const before = tf.memory().numTensors;
    const program = compile(initial, {step, look});
    program.run('step', {x: vector(1, 1), rate: 0.5});
    const level = tf.memory().numTensors;
    for (let i = 0; i < 1000; i++) {
      program.run('step', {x: vector(1, 1), rate: 0.5});
      if (i % 100 === 0) program.write(program.read());
    }
    program.run('look', {});
    expect(tf.memory().numTensors).toBe(level);
    program.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('gradients come in the structure of the parameters, with what else was computed', () => {
    const entry: Entry = (state) => {
      const result = lossAndGradients((params) => {
        const {a, b} = params as unknown as {a: Tensor; b: {c: Tensor}};
        return {
          loss: tf.sum(tf.mul(tf.square(a), b.c)),
          aux: {product: tf.mul(a, b.c), same: state.modelState as unknown as Tensor},
        };
      }, state.params);
      const {a, b, unused} = result.gradients as unknown as {a: Tensor; b: {c: Tensor}; unused: Tensor};
      const {product} = result.aux as {product: Tensor};
      const norm = globalNorm({a, c: b.c});
      const clipped = clipByGlobalNorm({a, c: b.c}, 1) as unknown as {a: Tensor; c: Tensor};
      return {
        state,
        outputs: {loss: result.loss, a, c: b.c, unused, product, norm, clipped: globalNorm(clipped as never)},
      };
    };
    const params = {a: vector(3, -1), b: {c: vector(2, 5)}, unused: vector(7)};
    const program = compile({params, modelState: {}, optimizer: {}}, {entry});
    const before = tf.memory().numTensors;
    const outputs = program.run('entry', {});
    expect(outputs.number('loss')).toBe(23);
    expect([...outputs.array('a').data]).toEqual([12, -10]);
    expect([...outputs.array('c').data]).toEqual([9, 1]);
    expect([...outputs.array('unused').data]).toEqual([0]);
    expect([...outputs.array('product').data]).toEqual([6, -5]);
    expect(outputs.number('norm')).toBeCloseTo(Math.sqrt(144 + 100 + 81 + 1), 4);
    expect(outputs.number('clipped')).toBeCloseTo(1, 5);
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
  });
});

describe('products with transposed matrices on wasm', () => {
  beforeAll(() => openEngine('wasm'));

  const matrix = (shape: number[], pace: number): NdArray => {
    const size = shape.reduce((a, b) => a * b, 1);
    return {shape, dtype: 'float32', data: Float32Array.from({length: size}, (_, i) => Math.sin(pace * i))};
  };

  function product(a: NdArray, b: NdArray, transposeA: boolean, transposeB: boolean): number[] {
    const at = ({data, shape}: NdArray, batch: number, row: number, column: number, transpose: boolean) => {
      const [rows, columns] = shape.slice(-2) as [number, number];
      const offset = (batch % (data.length / rows / columns)) * rows * columns;
      return data[offset + (transpose ? column * columns + row : row * columns + column)]!;
    };
    const [m, k] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
    const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
    const batches = Math.max(a.data.length / m / k, b.data.length / k / n);
    const values: number[] = [];
    for (let batch = 0; batch < batches; batch++)
      for (let row = 0; row < m; row++)
        for (let column = 0; column < n; column++) {
          let sum = 0;
          for (let i = 0; i < k; i++) sum += at(a, batch, row, i, transposeA) * at(b, batch, i, column, transposeB);
          values.push(sum);
        }
    return values;
  }

  test.each([
    [[40, 70], [40, 9], true, false],
    [[40, 3], [40, 90], true, false],
    [[40, 70], [9, 70], false, true],
    [[70, 40], [9, 70], true, true],
    [[3, 17, 20], [3, 17, 6], true, false],
    [[3, 20, 17], [3, 6, 17], false, true],
    [[1, 20, 17], [1, 20, 33], true, false],
    [[20, 17], [17, 5], false, false],
  ])('%j by %j, transposed %s and %s', (shapeA, shapeB, transposeA, transposeB) => {
    const [a, b] = [matrix(shapeA, 0.7), matrix(shapeB, 1.1)];
    const before = tf.memory().numDataBuffers;
    const found = tf.tidy(() =>
      tf.matMul(tf.tensor(a.data, shapeA), tf.tensor(b.data, shapeB), transposeA, transposeB).dataSync(),
    );
    expect(tf.memory().numDataBuffers).toBe(before);
    const expected = product(a, b, transposeA, transposeB);
    expect(found.length).toBe(expected.length);
    for (const [i, value] of expected.entries()) expect(Math.abs(found[i]! - value), `${i}`).toBeLessThan(2e-5);
  });
});

test('an unknown engine is refused with the near miss', async () => {
  await expect(openEngine('tensorflw')).rejects.toThrow(
    "there is no engine 'tensorflw'. Did you mean `tensorflow`? Allowed: auto, tensorflow, wasm, cpu.",
  );
});
