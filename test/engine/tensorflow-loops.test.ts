import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, HostInputs, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {
  compile,
  compileEager,
  dropout,
  foldIn,
  gru,
  lossAndGradients,
  openEngine,
  type ScanStep,
  scan,
  tf,
} from '../../src/engine/index.js';
import {tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {UserError} from '../../src/support/index.js';
import {values} from '../helpers/golden-values.js';
import {largestDifference, onTensorflow, withBinding} from '../helpers/tensorflow.js';

const [BATCH, STEPS, WIDTH, UNITS] = [3, 6, 2, 4];

const array = (shape: number[], seed: number): NdArray => ({shape, dtype: 'float32', data: values(shape, seed)});
const nothing: TrainState<NdArray> = {params: {}, modelState: {}, optimizer: {}};
const inputs = array([BATCH, STEPS, UNITS], 1);

type Step = (carry: {readonly h: Tensor}, x: Tensor, key: Tensor) => ScanStep<{readonly h: Tensor}>;

/** An entry with the outputs of steps, and with the gradient of their sum. */
function scanned(step: Step, withGradient = false): Entry {
  return (state, {x, key}) => {
    const outputsOf = (xs: Tensor): Tensor => {
      const carry = {h: tf.zeros([BATCH, UNITS]) as Tensor};
      return scan(step, {carry, inputs: xs, key: (key ?? tf.tensor1d([0, 0], 'int32')) as Tensor}).outputs;
    };
    if (!withGradient) return {state, outputs: {y: outputsOf(x as Tensor)}};
    const {aux, gradients} = lossAndGradients(
      (tree) => {
        const y = outputsOf((tree as {x: Tensor}).x);
        return {loss: tf.sum(tf.square(y)) as never, aux: {y}};
      },
      {x: x as Tensor},
    );
    return {state, outputs: {y: aux.y, dx: (gradients as {x: Tensor}).x}};
  };
}

const plain: Step = ({h}, x) => {
  const next: Tensor = tf.tanh(tf.add(tf.mul(h, 0.5), x));
  return {carry: {h: next}, output: next};
};

/** The outputs of an entry in a graph, and op by op. */
function bothWays(entry: Entry, given: HostInputs = {x: inputs}): {[name: string]: NdArray}[] {
  return [compile, compileEager].map((make) => {
    const program = make(nothing, {entry});
    const outputs = program.run('entry', given).arrays();
    program.dispose();
    return outputs;
  });
}

function expectSameBothWays(entry: Entry, given?: HostInputs): {[name: string]: NdArray} {
  const [graph, eager] = bothWays(entry, given);
  for (const [name, {data, shape}] of Object.entries(eager!)) {
    expect(graph![name]!.shape, name).toEqual(shape);
    const worst = Math.max(...[...data].map((value, i) => Math.abs(value - graph![name]!.data[i]!)));
    expect(worst, name).toBeLessThan(2e-6);
  }
  return graph!;
}

/** The operations of the nodes that a program adds for an entry. */
function nodesOf(entry: Entry, given: HostInputs = {x: inputs}): string[] {
  const added: string[] = [];
  withBinding(
    (own) => ({
      addNode(session, node) {
        added.push(node.op);
        return own.addNode(session, node);
      },
    }),
    () => {
      const program = compile(nothing, {entry});
      program.run('entry', given);
      program.dispose();
    },
  );
  return added;
}

function failureOf(entry: Entry, given: HostInputs = {x: inputs}): Error {
  const program = compile(nothing, {entry});
  try {
    program.run('entry', given);
  } catch (failure) {
    return failure as Error;
  } finally {
    program.dispose();
  }
  throw new Error('it did not fail');
}

function lineOfCaller(): number {
  return Number(/:(\d+):\d+\)?$/.exec(new Error().stack!.split('\n')[2]!)![1]);
}

describe.skipIf(!hasOwnAddon())(onTensorflow('a scan in a graph'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test('is one loop, and one for its gradient, however many steps there are', () => {
    const [few, many] = [STEPS, 40].map((steps) => nodesOf(scanned(plain, true), {x: array([BATCH, steps, UNITS], 1)}));
    expect(few!.filter((op) => op === 'StatelessWhile')).toHaveLength(2);
    const operations = [few!, many!].map((ops) => ops.filter((op) => op !== 'Const'));
    expect(operations[0]).toEqual(operations[1]);
    expect(nodesOf(scanned(plain)).filter((op) => op === 'StatelessWhile')).toHaveLength(1);
  });

  test('is nothing of the kind op by op', () => {
    const {binding} = tensorflowBackend();
    expect(nodesOf((state, {x}) => ({state, outputs: {y: tf.neg(x as Tensor)}}))).not.toContain('StatelessWhile');
    expect(tensorflowBackend().binding).toBe(binding);
  });

  test("kernels' gradients are one product over all steps", () => {
    const w = array([UNITS, UNITS], 3);
    const entry: Entry = (state, {x, w}) => {
      const {gradients} = lossAndGradients(
        (tree) => {
          const kernel = (tree as {w: Tensor}).w;
          const recurrent: Step = ({h}, own) => {
            const next: Tensor = tf.tanh(tf.add(tf.matMul(h as never, kernel as never), own));
            return {carry: {h: next}, output: next};
          };
          const carry = {h: tf.ones([BATCH, UNITS]) as Tensor};
          return {loss: tf.sum(scan(recurrent as never, {carry, inputs: x as Tensor}).outputs) as never, aux: {}};
        },
        {w: w as Tensor},
      );
      return {state, outputs: {dw: (gradients as {w: Tensor}).w}};
    };
    expectSameBothWays(entry, {x: inputs, w});
    // Those of a step and of its rehearsal, with two copies of their gradient, of which loops run one, and that over all steps.
    expect(nodesOf(entry, {x: inputs, w}).filter((op) => /MatMul/.test(op))).toHaveLength(7);
  });

  test('trains as op by op over 50 steps', () => {
    const shapes = {kernel: [WIDTH, 3 * UNITS], recurrentKernel: [UNITS, 3 * UNITS], bias: [3 * UNITS]};
    const all = {...shapes, recurrentBias: [UNITS]};
    const params = Object.fromEntries(Object.entries(all).map(([name, shape], i) => [name, array(shape, i + 1)]));
    const step: Entry = (state, {x, lengths}) => {
      const {loss, gradients} = lossAndGradients((tree) => {
        const {outputs} = gru(x as Tensor, tree as never, {lengths: lengths as Tensor});
        return {loss: tf.mean(tf.square(tf.sub(outputs, 0.3))) as never, aux: {}};
      }, state.params);
      const next = Object.entries(gradients as {[name: string]: Tensor}).map(([name, gradient]) => {
        return [name, tf.sub((state.params as {[name: string]: Tensor})[name]!, tf.mul(gradient, 0.1))];
      });
      return {state: {...state, params: Object.fromEntries(next)}, outputs: {loss}};
    };
    const lengths: NdArray = {shape: [BATCH], dtype: 'int32', data: Int32Array.of(3, 1, 2)};
    const ends = [compile, compileEager].map((make) => {
      const program = make({...nothing, params}, {step});
      for (let i = 0; i < 50; i++) program.run('step', {x: array([BATCH, 3, WIDTH], i), lengths});
      const state = program.read();
      program.dispose();
      return state;
    });
    expect(largestDifference(ends[0]!, {...nothing, params})).toBeGreaterThan(0.01);
    expect(largestDifference(ends[0]!, ends[1]!)).toBeLessThan(1e-6);
  });

  test('runs several times at once as one after the other', () => {
    const entry: Entry = (state, {x}) => {
      const h = (state.params as {h: Tensor}).h;
      const carry = {h};
      const {carry: last} = scan(plain as never, {carry, inputs: x as Tensor});
      return {state: {...state, params: {h: (last as {h: Tensor}).h}}, outputs: {sum: tf.sum(h)}};
    };
    const ends = [true, false].map((isRead) => {
      const program = compile({...nothing, params: {h: array([BATCH, UNITS], 5)}}, {entry});
      for (let i = 0; i < 230; i++) {
        const outputs = program.run('entry', {x: array([BATCH, 3, UNITS], i)});
        if (isRead) outputs.number('sum');
      }
      const state = program.read();
      program.dispose();
      return state;
    });
    expect(ends[0]).toEqual(ends[1]);
  });

  test('gives each step a key of its own', () => {
    const dropped: Step = ({h}, x, key) => {
      const next: Tensor = tf.add(tf.mul(h, 0.5), dropout(x, 0.5, key));
      return {carry: {h: next}, output: dropout(tf.onesLike(x), 0.5, foldIn(key, 1))};
    };
    const {y} = expectSameBothWays(scanned(dropped, true), {x: inputs, key: [7, 9]});
    const steps = Array.from({length: STEPS}, (_, step) =>
      [...y!.data].filter((_, i) => Math.floor(i / UNITS) % STEPS === step).join(),
    );
    expect(new Set(steps).size).toBe(STEPS);
    // Keys of the state are folded in the graph.
    expectSameBothWays((state, {x}) => {
      const key = tf.add(tf.tensor1d([1, 2], 'int32'), tf.cast(tf.sum(x as Tensor), 'int32')) as Tensor;
      const carry = {h: tf.zeros([BATCH, UNITS]) as Tensor};
      return {state, outputs: {y: scan(dropped, {carry, inputs: x as Tensor, key}).outputs}};
    });
  });

  test('hands on what has no gradient, and takes tokens', () => {
    const table = array([5, UNITS], 2);
    const tokens: NdArray = {
      shape: [BATCH, STEPS],
      dtype: 'int32',
      data: Int32Array.from({length: 18}, (_, i) => i % 5),
    };
    const entry: Entry = (state, {table, tokens}) => {
      const {aux, gradients} = lossAndGradients(
        (tree) => {
          const {carry, outputs} = scan(
            ({count, h}, token) => {
              const isOdd = tf.equal(tf.mod(count, tf.scalar(2, 'int32')), tf.scalar(1, 'int32'));
              const row: Tensor = tf.gather((tree as {table: Tensor}).table, token as never);
              const next: Tensor = tf.where(
                tf.broadcastTo(tf.reshape(isOdd, [BATCH, 1]), row.shape),
                tf.mul(h, row),
                row,
              );
              return {carry: {count: tf.add(count, tf.scalar(1, 'int32')) as Tensor, h: next}, output: next};
            },
            {
              carry: {count: tf.zeros([BATCH], 'int32') as Tensor, h: tf.zeros([BATCH, UNITS]) as Tensor},
              inputs: tokens as Tensor,
            },
          );
          return {loss: tf.sum(tf.square(outputs)) as never, aux: {count: carry.count, outputs}};
        },
        {table: table as Tensor},
      );
      return {state, outputs: {...aux, dTable: (gradients as {table: Tensor}).table}};
    };
    const {count} = expectSameBothWays(entry, {table, tokens});
    expect([...count!.data]).toEqual([STEPS, STEPS, STEPS]);
  });

  test('what a step gives as it takes it has a gradient', () => {
    const entry: Entry = (state, {x, w}) => {
      const {loss, gradients} = lossAndGradients(
        (tree) => {
          const all = tree as {x: Tensor; w: Tensor};
          const carry = {h: all.w};
          const {outputs} = scan((_, own) => ({carry: {h: own}, output: all.w}), {carry, inputs: all.x});
          return {loss: tf.sum(tf.mul(outputs, all.x)) as never, aux: {}};
        },
        {x: x as Tensor, w: w as Tensor},
      );
      const {w: dw, x: dx} = gradients as {w: Tensor; x: Tensor};
      return {state, outputs: {loss, dw, dx}};
    };
    expectSameBothWays(entry, {x: inputs, w: array([BATCH, UNITS], 2)});
  });

  test('what a step takes of outside may be made of something else that it takes', () => {
    const entry: Entry = (state, {x, w}) => {
      const {gradients} = lossAndGradients(
        (tree) => {
          const all = tree as {x: Tensor; w: Tensor};
          const twice: Tensor = tf.mul(all.w, 2);
          const step: Step = ({h}, own) => {
            const next: Tensor = tf.tanh(tf.add(tf.mul(h, all.w), tf.mul(own, twice)));
            return {carry: {h: next}, output: next};
          };
          const carry = {h: tf.ones([BATCH, UNITS]) as Tensor};
          return {loss: tf.sum(scan(step as never, {carry, inputs: all.x}).outputs) as never, aux: {}};
        },
        {x: x as Tensor, w: w as Tensor},
      );
      return {state, outputs: gradients as {w: Tensor; x: Tensor}};
    };
    expectSameBothWays(entry, {x: inputs, w: array([BATCH, UNITS], 2)});
  });

  test('may be within a step of another', () => {
    const outer: Step = ({h}, x) => {
      const inner = scan(
        (state, own) => {
          const next: Tensor = tf.sin(tf.add(tf.mul(state.s, tf.sum(x, 1)), own));
          return {carry: {s: next}, output: next};
        },
        {carry: {s: tf.sum(h, 1) as Tensor}, inputs: x},
      );
      const next: Tensor = tf.add(tf.mul(h, 0.5), inner.outputs);
      return {carry: {h: next}, output: tf.mul(next, tf.reshape(inner.carry.s, [BATCH, 1]))};
    };
    expectSameBothWays(scanned(outer, true));
  });

  test('a value read on the host is refused with its line', () => {
    const line = lineOfCaller() + 1;
    const read = (x: Tensor): number => x.dataSync()[0]!;
    const place = `test/engine/tensorflow-loops.test.ts:${line}:`;
    const failures = [
      failureOf(scanned(({h}, x) => ({carry: {h: tf.mul(h, read(h))}, output: x}))),
      failureOf(scanned(({h}, x) => ({carry: {h}, output: tf.mul(x, read(tf.tanh(x)))}))),
    ];
    for (const failure of failures) expect(failure).toBeInstanceOf(UserError);
    expect(failures.map(({message}) => message.split(': ').slice(1).join(': '))).toEqual([
      expect.stringMatching(/^what a step is given is read on the host/),
      expect.stringMatching(/^what Tanh gives is read on the host/),
    ]);
    for (const {message} of failures) expect(message.startsWith(place)).toBe(true);
  });

  test.each<[string, (count: number) => Step]>([
    [
      'a number',
      (count) =>
        ({h}, x) => ({carry: {h: tf.mul(h, count)}, output: x}),
    ],
    [
      'an operation',
      (count) =>
        ({h}, x) => ({carry: {h: count > 1 ? tf.neg(h) : tf.abs(h)}, output: x}),
    ],
    [
      'a result',
      (count) =>
        ({h}, x) => ({carry: {h: count > 1 ? h : tf.abs(h)}, output: x}),
    ],
    [
      'what is given',
      (count) =>
        ({h}, x) => ({carry: {h}, output: count > 1 ? h : x}),
    ],
  ])('%s that a step changes by itself is refused', (_, stepOf) => {
    const entry: Entry = (...given) => {
      let count = 0;
      return scanned((...args) => stepOf(++count)(...args))(...given);
    };
    expect(failureOf(entry).message).toMatch(
      /^test\/engine\/tensorflow-loops\.test\.ts:\d+:\d+: two calls of the step of a scan differ \(\w.*\); a graph repeats/,
    );
  });

  test('what fails in a step is named with its line, and the program can be run again', () => {
    const line = lineOfCaller() + 2;
    const entry = scanned(({h}, x) => {
      const row: Tensor = tf.gather(tf.tensor1d([1, 2, 3, 4]), tf.cast(tf.sum(x), 'int32'));
      return {carry: {h: tf.mul(h, row)}, output: tf.mul(x, row)};
    });
    const program = compile(nothing, {entry});
    const far = {shape: [BATCH, STEPS, UNITS], dtype: 'float32' as const, data: new Float32Array(72).fill(9)};
    expect(() => program.run('entry', {x: far})).toThrow(
      new RegExp(`^test/engine/tensorflow-loops\\.test\\.ts:${line}:\\d+: GatherV2: .* is not in \\[0, 4\\)`),
    );
    const near = {...far, data: new Float32Array(72)};
    expect(program.run('entry', {x: near}).array('y').data).toEqual(near.data);
    program.dispose();
  });

  test('has no gradient of a gradient', () => {
    const entry: Entry = (state, {x}) => {
      const sum = (xs: Tensor): Tensor =>
        tf.sum(tf.square(scan(plain as never, {carry: {h: tf.zeros([BATCH, UNITS])} as never, inputs: xs}).outputs));
      const gradient = tf.grad((xs: Tensor) => tf.sum(tf.grad(sum as never)(xs as never)) as never);
      return {state, outputs: {d: gradient(x as never) as Tensor}};
    };
    expect(failureOf(entry).message).toContain('gradient function not found');
  });
});
