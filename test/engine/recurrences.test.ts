import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, NdArray, Tensor} from '../../src/contract/index.js';
import {compile, gru, lossAndGradients, lstm, openEngine, scan, tf} from '../../src/engine/index.js';
import {values} from '../helpers/golden-values.js';
import {hasTensorflow, withoutOwnOperations} from '../helpers/tensorflow.js';

interface Case {
  readonly kind: 'gru' | 'twoStates';
  readonly shapes: {readonly [name: string]: number[]};
  readonly lengths: number[] | null;
  /** Outputs, and the last states. */
  readonly results: number[][];
  /** In the order of `shapes`. */
  readonly gradients: number[][];
}

const golden: {madeBy: string; cases: Case[]} = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'golden', 'recurrences.json'), 'utf8'),
);

type Tensors = {readonly [name: string]: Tensor};

function twoStates({inputs, kernel, recurrentKernel, bias, fading, hidden, size}: Tensors, lengths?: Tensor): Tensor[] {
  const recurrent = (x: Tensor): Tensor => tf.matMul(x as never, recurrentKernel as never);
  const {carry, outputs} = scan(
    (state, x) => {
      const sum = tf.add(recurrent(state.hidden), recurrent(tf.mul(state.hidden, state.size)));
      const next: Tensor = tf.tanh(tf.add(tf.add(tf.matMul(x as never, kernel as never), sum), bias!));
      const nextSize: Tensor = tf.add(tf.mul(tf.sigmoid(fading!), state.size), tf.square(next));
      return {carry: {hidden: next, size: nextSize}, output: tf.mul(next, nextSize)};
    },
    {carry: {hidden: hidden!, size: size!}, inputs: inputs!, lengths},
  );
  return [outputs, carry.hidden, carry.size];
}

const layers: {readonly [kind in Case['kind']]: (given: Tensors, lengths?: Tensor) => Tensor[]} = {
  twoStates,
  gru({inputs, hidden, ...params}, lengths) {
    const result = gru(inputs!, params as never, {hidden: hidden!, ...(lengths ? {lengths} : {})});
    return [result.outputs, result.hidden];
  },
};

function weighted(result: Tensor, i: number): Tensor {
  return tf.sum(tf.mul(result, tf.tensor(values(result.shape, 11 + i), result.shape)));
}

/** The results, and the gradients of their sum times fixed numbers. */
function entryOf(kind: Case['kind']): Entry {
  return (state, {given, lengths}) => {
    const {aux, gradients} = lossAndGradients((tree) => {
      const results = layers[kind](tree as Tensors, lengths as Tensor | undefined);
      return {loss: tf.addN(results.map(weighted)) as never, aux: Object.fromEntries(results.entries())};
    }, given as never);
    const named = Object.entries(gradients as Tensors).map(([name, tensor]) => [`d ${name}`, tensor]);
    return {state, outputs: {...(aux as Tensors), ...Object.fromEntries(named)}};
  };
}

function computed({kind, shapes, lengths}: Case): Float32Array[] {
  const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry: entryOf(kind)});
  const given = Object.entries(shapes).map(([name, shape], i): [string, NdArray] => {
    return [name, {shape, dtype: 'float32', data: values(shape, i + 1)}];
  });
  const ends: NdArray | undefined = lengths
    ? {shape: [lengths.length], dtype: 'int32', data: Int32Array.from(lengths)}
    : undefined;
  const outputs = program.run('entry', {given: Object.fromEntries(given) as never, ...(ends ? {lengths: ends} : {})});
  const arrays = outputs.arrays();
  program.dispose();
  return Object.values(arrays).map(({data}) => data as Float32Array);
}

/** Compared with the largest value: where terms cancel, it is their own size that float32 rounds. */
function expectClose({results, gradients}: Case, found: readonly Float32Array[]): void {
  const expected = [...results, ...gradients];
  expect(found.map(({length}) => length)).toEqual(expected.map(({length}) => length));
  for (const [i, array] of expected.entries()) {
    const limit = 5e-6 * Math.max(1e-3, ...array.map(Math.abs));
    const worst = Math.max(...array.map((value, at) => Math.abs(value - found[i]![at]!)));
    expect(worst, `${i}`).toBeLessThanOrEqual(limit);
  }
}

const titled = golden.cases.map((each) => [each.kind, JSON.stringify(each.shapes.inputs), each.lengths, each] as const);

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])(
  `on %s, recurrences as ${golden.madeBy}`,
  (engine) => {
    beforeAll(() => openEngine(engine));

    test.each(titled)('%s, inputs %s, lengths %j', (_, __, ___, given) => expectClose(given, computed(given)));

    test('a GRU begins with zeros', () => {
      const [batch, units] = [2, 3];
      const shapes = {inputs: [batch, 1, 2], kernel: [2, 9], recurrentKernel: [3, 9], bias: [9], recurrentBias: [3]};
      tf.tidy(() => {
        const tensors = Object.entries(shapes).map(([name, shape], i) => [
          name,
          tf.tensor(values(shape, i + 1), shape),
        ]);
        const {inputs, ...params} = Object.fromEntries(tensors);
        const zeros = tf.zeros([batch, units]) as Tensor;
        const [begun, explicit] = [{}, {hidden: zeros}].map((options) => gru(inputs, params, options));
        expect(begun!.hidden.arraySync()).toEqual(explicit!.hidden.arraySync());
      });
    });

    test('a state that changes its form is refused', () => {
      const given = {carry: {sum: tf.zeros([2, 1]) as Tensor}, inputs: tf.zeros([2, 3, 1]) as Tensor};
      expect(() =>
        scan(() => ({carry: {sum: tf.zeros([2]) as Tensor}, output: tf.zeros([2]) as Tensor}), given),
      ).toThrow("scan: a step hands on 'sum' as float32 [2]; it is given it as float32 [2, 1]");
      expect(() => scan(() => ({carry: {} as never, output: tf.zeros([2]) as Tensor}), given)).toThrow(
        "scan: a step hands on 'sum' not at all",
      );
    });

    test('what is not of the form that a scan takes is refused', () => {
      const whole = {carry: {sum: tf.zeros([2, 1]) as Tensor}, inputs: tf.zeros([2, 3, 1]) as Tensor};
      const add = ({sum}: {sum: Tensor}, x: Tensor) => ({carry: {sum: tf.add(sum, x) as Tensor}, output: x});
      const refused = (given: object, words: string, step: unknown = add) =>
        expect(() => scan(step as typeof add, {...whole, ...given})).toThrow(words);
      refused(
        {inputs: tf.zeros([2, 0, 1])},
        'inputs must be [batch, steps, ...] with at least one step; they are float32 [2, 0, 1]',
      );
      refused({inputs: tf.zeros([2])}, 'they are float32 [2]');
      refused({inputs: [1]}, 'inputs must be a tensor; found a list');
      refused(
        {carry: {sum: tf.zeros([3, 1])}},
        "carry 'sum' must be [batch, ...] with the inputs' batch, 2; it is float32 [3, 1]",
      );
      refused({lengths: tf.tensor1d([1.5, Number.NaN])}, 'lengths must be an int32 tensor [2]; found float32 [2]');
      refused({lengths: tf.tensor1d([1, 2, 3], 'int32')}, 'lengths must be an int32 tensor [2]; found int32 [3]');
      refused({lengths: [1, 2]}, 'lengths must be an int32 tensor [2]; found a list');
      refused({key: tf.zeros([2])}, 'key must be an int32 tensor [2]; found float32 [2]');
      refused({}, 'a step must return {carry, output}; it gives carry as undefined', () => undefined);
      refused({}, 'it gives output as undefined', ({sum}: {sum: Tensor}) => ({carry: {sum}}));
      refused({}, "hands on 'more', which it is not given", (carry: object, x: Tensor) => ({
        carry: {...carry, more: x},
        output: x,
      }));
      refused({}, "a step's output must be [batch, ...]", (carry: object) => ({carry, output: tf.zeros([3, 1])}));
    });

    test('lengths below 0 count as 0, and above the steps as all of them', () => {
      const entry: Entry = (state, {x, lengths}) => {
        const zeros = tf.zeros([2, 1]) as Tensor;
        const step = ({sum}: {sum: Tensor}, each: Tensor) => ({
          carry: {sum: tf.add(sum, each) as Tensor},
          output: each,
        });
        const scanned = scan(step, {carry: {sum: zeros}, inputs: x as Tensor, lengths: lengths as Tensor});
        const params = {kernel: tf.ones([1, 4]), recurrentKernel: tf.ones([1, 4]), bias: tf.ones([4])};
        const layer = lstm(x as Tensor, params as never, {lengths: lengths as Tensor});
        return {
          state,
          outputs: {outputs: scanned.outputs, sum: scanned.carry.sum, layer: layer.outputs, hidden: layer.hidden},
        };
      };
      const program = compile({params: {}, modelState: {}, optimizer: {}}, {entry});
      const x: NdArray = {shape: [2, 3, 1], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6)};
      const of = (...lengths: number[]) =>
        program.run('entry', {x, lengths: {shape: [2], dtype: 'int32', data: Int32Array.from(lengths)}}).arrays();
      expect(of(-1, 4)).toEqual(of(0, 3));
      expect(of(-(2 ** 31), 2 ** 31 - 1)).toEqual(of(0, 3));
      expect([...of(-1, 4).sum!.data]).toEqual([0, 15]);
      program.dispose();
    });
  },
);

describe.skipIf(!hasTensorflow)("with an addon of an npm package's", () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each([titled[2]!, titled[5]!])('%s, inputs %s, lengths %j', (_, __, ___, given) =>
    withoutOwnOperations(() => expectClose(given, computed(given))),
  );
});
