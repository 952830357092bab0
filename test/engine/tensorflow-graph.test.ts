import {afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {Entry, ExampleField, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, rowTaker, tf} from '../../src/engine/index.js';
import {type Binding, type GraphFunctions, tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {LEAST_CALLS} from '../../src/engine/tensorflow/calls.js';
import type {GraphNode} from '../../src/engine/tensorflow/graph-def.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {REPEATS} from '../../src/engine/tensorflow/runnable-entry.js';
import {requireWayForGraphs} from '../../src/engine/tensorflow/saved-model/load-graph.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {isKernel, nadamw, takeStep} from '../../src/optimizers/index.js';
import {convNet, inputsOf, mlp, random, stateOf, stepOf} from '../helpers/models.js';
import {
  hasTensorflow,
  largestDifference,
  loadedGraphs,
  onTensorflow,
  operationsOf,
  runEagerly,
  withBinding,
  withoutOwnOperations,
} from '../helpers/tensorflow.js';

const plain = {nesterov: false, weightDecay: 0.1, eps: 1e-4};
const vector = (...values: number[]): NdArray => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

/** Calls as often as it takes until calls are run together. */
function runUntilRepeated(run: () => void): void {
  for (let i = 0; i < LEAST_CALLS + REPEATS; i++) run();
}

function timesIn(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe.skipIf(!hasTensorflow)(onTensorflow('a step as one graph'), () => {
  beforeAll(async () => {
    await openEngine('tensorflow');
  });

  const cases = [
    {name: 'adamw', numbers: plain},
    {name: 'nadamw', numbers: {...plain, nesterov: true}},
    {name: 'adam', numbers: {...plain, weightDecay: 0}},
    {name: 'adamw without decay of biases', numbers: {...plain, mask: isKernel}},
  ].flatMap(({name, numbers}) =>
    [0, 0.3].flatMap((rate) => [
      {name: `${name}, dropout ${rate}, perceptron`, net: mlp, rate, numbers},
      {name: `${name}, dropout ${rate}, convolution`, net: convNet, rate, numbers},
    ]),
  );

  function expectAsOpByOp({net, rate, numbers}: (typeof cases)[number]): void {
    const step = stepOf(net.model(rate), numbers);
    let eager = stateOf(net);
    const program = compileGraph(eager, {step});
    for (let i = 0; i < 50; i++) {
      const inputs = inputsOf(i, net.inputShape);
      const expected = runEagerly(step, eager, inputs);
      eager = expected.state;
      const loss = program.run('step', inputs).number('loss');
      expect(Math.abs(loss - expected.outputs.loss!), `step ${i}`).toBeLessThan(2e-6);
    }
    expect(largestDifference(eager, program.read())).toBeLessThan(1e-6);
    expect(largestDifference(eager, stateOf(net))).toBeGreaterThan(1e-2);
    program.dispose();
  }

  describe('is the step op by op, to 1e-6 over 50 steps', () => {
    test.each(cases)('$name', expectAsOpByOp);
    test.each(cases)('$name, with an addon of an npm package', (each) =>
      withoutOwnOperations(() => expectAsOpByOp(each)),
    );
  });

  /** The graph of one call, and the one that takes its place when calls are run together. */
  function graphsOfStep(): string[] {
    const graphs = loadedGraphs(() => {
      const program = compileGraph(stateOf(mlp), {step: stepOf(mlp.model(0), plain)});
      runUntilRepeated(() => program.run('step', inputsOf(0, mlp.inputShape)));
      program.dispose();
    });
    expect(graphs).toHaveLength(2);
    expect(timesIn(graphs[1]!, 'Square')).toBe(0);
    expect(timesIn(graphs[1]!, 'BatchMatMul')).toBe(0);
    return graphs;
  }

  test.skipIf(!hasOwnAddon())('the optimizer is one operation of our addon', () => {
    const graphs = graphsOfStep();
    expect(graphs.map((graph) => timesIn(graph, '\x12\x0bAdamWUpdate'))).toEqual([1, REPEATS]);
    expect(graphs.map((graph) => timesIn(graph, 'ResourceApplyAdam'))).toEqual([0, 0]);
  });

  test('the optimizer is one fused kernel a parameter without it, and its operations are left out', () => {
    const graphs = withoutOwnOperations(graphsOfStep);
    expect(graphs.map((graph) => timesIn(graph, 'use_nesterov'))).toEqual([4, 4 * (1 + REPEATS)]);
    expect(graphs.map((graph) => timesIn(graph, 'AdamWUpdate'))).toEqual([0, 0]);
  });

  test('leaves out what gives what it is given, and nothing else', () => {
    const reshaped: Entry = (state, {x}) => {
      const same = tf.reshape(tf.cast(tf.reshape(x as Tensor, [2]), 'float32'), [2]);
      return {state, outputs: {same, other: tf.reshape(same, [2, 1])}};
    };
    const [graph] = loadedGraphs(() => {
      const program = compileGraph({params: {w: vector(1)}, modelState: {}, optimizer: {}}, {reshaped});
      const outputs = program.run('reshaped', {x: vector(3, 4)});
      expect(outputs.array('same')).toEqual(vector(3, 4));
      expect(outputs.array('other')).toEqual({...vector(3, 4), shape: [2, 1]});
      program.dispose();
    });
    expect(timesIn(graph!, '\x12\x07Reshape')).toBe(1);
    expect(timesIn(graph!, '\x12\x04Cast')).toBe(0);
  });

  test('what the fused kernel cannot do is done by the operations', () => {
    const base = stepOf(mlp.model(0), plain);
    const halved: Entry = (state, inputs) => {
      const {state: next, outputs} = base(state, inputs);
      const params = next.params as {[name: string]: Tensor};
      return {
        state: {...next, params: {...params, w0: tf.mul(params.w0!, 0.5)}},
        outputs: {
          ...outputs,
          b1: tf.sum(params.b1!),
          mu: tf.sum((next.optimizer as never as {mu: typeof params}).mu.w1!),
        },
      };
    };
    let eager = stateOf(mlp);
    const program = compileGraph(eager, {halved});
    for (let i = 0; i < 5; i++) {
      const inputs = inputsOf(i, mlp.inputShape);
      const expected = runEagerly(halved, eager, inputs);
      eager = expected.state;
      const outputs = program.run('halved', inputs);
      for (const name of ['loss', 'b1', 'mu']) expect(outputs.number(name)).toBeCloseTo(expected.outputs[name]!, 5);
    }
    expect(largestDifference(eager, program.read())).toBeLessThan(1e-6);
    program.dispose();
  });

  test('the update is that of NAdamW, worked by hand', () => {
    const [g, b1, b2, eps] = [0.5, 0.9, 0.99, 1e-8];
    const adam = nadamw({b1, b2, eps, weightDecay: 0.1});
    const entry: Entry = ({params, optimizer: state}, {learningRate}) => {
      const gradients = {w: tf.fill([1], g)};
      const next = takeStep(adam, {gradients, state, params}, {learningRate});
      return {state: {params: next.params, modelState: {}, optimizer: next.state}, outputs: {}};
    };
    const program = compileGraph(stateOf({params: {w: vector(2)}, modelState: {}}), {entry});
    let [w, mu, nu] = [2, 0, 0];
    for (let t = 1; t <= 3; t++) {
      program.run('entry', {learningRate: 0.01});
      mu = b1 * mu + (1 - b1) * g;
      nu = b2 * nu + (1 - b2) * g * g;
      const direction = (b1 * mu + (1 - b1) * g) / (1 - b1 ** t);
      w -= 0.01 * (direction / (Math.sqrt(nu / (1 - b2 ** t)) + eps) + 0.1 * w);
      expect((program.read().params as {w: NdArray}).w.data[0]).toBeCloseTo(w, 6);
    }
    program.dispose();
  });
});

describe.skipIf(!hasTensorflow)(onTensorflow('a program of graphs'), () => {
  beforeAll(async () => {
    await openEngine('tensorflow');
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(0));

  const initial: TrainState<NdArray> = {params: {w: vector(1, 2)}, modelState: {seen: vector(0)}, optimizer: {}};
  const w = (state: TrainState<unknown>): Tensor => (state.params as {w: Tensor}).w;
  const step: Entry = (state, {x, rate}) => {
    const next = tf.add(w(state), tf.mul(tf.sum(x), rate));
    const seen = tf.add((state.modelState as {seen: Tensor}).seen, 1);
    return {state: {...state, params: {w: next}, modelState: {seen}}, outputs: {sum: tf.sum(next), next}};
  };
  const look: Entry = (state) => ({state, outputs: {sum: tf.sum(w(state)), w: w(state)}});

  test('entries and shapes that come later take over the state', () => {
    const program = compileGraph(initial, {step, look});
    expect(program.run('look', {}).number('sum')).toBe(3);
    for (const [i, length] of [1, 2, 1, 3, 2, 2, 1].entries()) {
      const outputs = program.run('step', {x: vector(...Array.from({length}, () => 1 / length)), rate: 1});
      expect(outputs.number('sum')).toBeCloseTo(3 + 2 * (i + 1), 5);
      if (i % 2 === 0) expect(program.run('look', {}).number('sum')).toBeCloseTo(3 + 2 * (i + 1), 5);
    }
    expect(program.read().modelState).toEqual({seen: vector(7)});
    program.dispose();
  });

  test('reads and writes copies', () => {
    const given = structuredClone(initial);
    const program = compileGraph(given, {step, look});
    (given.params as {w: NdArray}).w.data[0] = 50;
    expect(program.read()).toEqual(initial);
    program.run('step', {x: vector(1), rate: 1});
    const state = program.read();
    expect(state).toEqual({params: {w: vector(2, 3)}, modelState: {seen: vector(1)}, optimizer: {}});
    (state.params as {w: NdArray}).w.data[0] = 70;
    program.write(state);
    (state.params as {w: NdArray}).w.data[0] = 1000;
    expect(program.run('look', {}).number('sum')).toBe(73);
    expect(program.run('step', {x: vector(1), rate: 1}).number('sum')).toBe(75);
    expect(program.read().modelState).toEqual({seen: vector(2)});
    program.dispose();
  });

  /** Views of one memory, of which one begins at a multiple of 64 bytes, where TensorFlow takes the memory as it is. */
  function viewsOf1024(): Float32Array[] {
    const memory = new Float32Array(1024 + 16);
    return Array.from({length: 16}, (_, offset) => memory.subarray(offset, offset + 1024));
  }

  test('writes copies, wherever the memory begins', () => {
    const large: NdArray = {shape: [1024], dtype: 'float32', data: new Float32Array(1024)};
    const program = compileGraph({params: {w: large}, modelState: {}, optimizer: {}}, {look});
    for (const [i, data] of viewsOf1024().entries()) {
      program.write({params: {w: {...large, data: data.fill(i)}}, modelState: {}, optimizer: {}});
      data.fill(-1);
      expect((program.read().params as {w: NdArray}).w.data[5]).toBe(i);
    }
    program.dispose();
  });

  test('variables never share the memory of inputs or of each other', () => {
    const shape = [1024];
    const keep: Entry = (state, {x}) => ({
      state: {...state, params: {w: tf.reshape(x, [32, 32]), v: w(state)}},
      outputs: {},
    });
    const bump: Entry = (state) => {
      const {w, v} = state.params as {[name: string]: Tensor};
      return {state: {...state, params: {w: tf.add(w!, 1), v: v!}}, outputs: {}};
    };
    const square: NdArray = {shape: [32, 32], dtype: 'float32', data: new Float32Array(1024)};
    const program = compileGraph({params: {w: square, v: square}, modelState: {}, optimizer: {}}, {keep, bump});
    for (const [i, data] of viewsOf1024().entries()) {
      program.run('keep', {x: {shape, dtype: 'float32', data: data.fill(i)}});
      data.fill(-1);
      program.run('bump', {});
      const {w, v} = program.read().params as {[name: string]: NdArray};
      expect([w!.data[5], v!.data[5]]).toEqual([i + 1, i]);
      data.fill(i);
    }
    program.dispose();
  });

  test('is recorded with the values that there are where zeros are refused', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const source: ExampleField = {shape: [4, 2], dtype: 'uint8', data, scaling: {scale: 1, offset: 1}};
    const entry: Entry = (state, {x}) => {
      const quotients = tf.floorDiv(tf.scalar(100, 'int32'), tf.cast(x as Tensor, 'int32'));
      return {state, outputs: {quotients}};
    };
    const program = compileGraph(initial, {entry});
    const outputs = program.run('entry', {x: rowTaker(source, 2)(Uint32Array.of(0, 3))});
    expect([...outputs.array('quotients').data]).toEqual([50, 33, 12, 11]);
    program.dispose();
  });

  test('a variable changes after what reads it has done so', () => {
    const shift: Entry = (state, {x}) => ({state: {...state, params: {w: x, v: w(state)}}, outputs: {}});
    const [one, repeated] = loadedGraphs(() => {
      const program = compileGraph({params: {w: vector(1), v: vector(2)}, modelState: {}, optimizer: {}}, {shift});
      program.run('shift', {x: vector(3)});
      expect(program.read().params).toEqual({w: vector(3), v: vector(1)});
      runUntilRepeated(() => program.run('shift', {x: vector(3)}));
      program.dispose();
    });
    // Nearly always it would go well without: that the edge is there is all that can be seen.
    expect(one!.match(/\^read0(?!_call)/g)).toHaveLength(1);
    expect(repeated!.match(/\^read0_call0/g)).not.toBeNull();
  });

  test('takes inputs that nothing depends on, keys of 32 bits and trees; has scalars, arrays, bools and integers', () => {
    const all: Entry = (state, {key, tree, flags}) => ({
      state,
      outputs: {key, deep: tree.a.b, flags: tf.logicalNot(flags), one: tf.ones([1, 1])},
    });
    const program = compileGraph(initial, {all});
    const flags: NdArray = {shape: [2], dtype: 'bool', data: Uint8Array.of(1, 0)};
    const outputs = program.run('all', {key: [2 ** 32 - 1, 7], unused: vector(1), tree: {a: {b: vector(3, 4)}}, flags});
    expect([...outputs.array('key').data]).toEqual([-1, 7]);
    expect(outputs.array('deep')).toEqual(vector(3, 4));
    expect([...outputs.array('flags').data]).toEqual([0, 1]);
    expect(outputs.number('one')).toBe(1);
    expect(() => outputs.number('deep')).toThrow("output 'deep' is not a scalar: its shape is [2]");
    expect(() => outputs.array('loss')).toThrow("there is no output 'loss', only key, deep, flags, one");
    program.dispose();
  });

  test('refuses an unknown entry, and a state of another form', () => {
    const wider: Entry = (state) => ({state: {...state, params: {w: tf.concat([w(state), w(state)])}}, outputs: {}});
    const bare: Entry = (state) => ({state: {...state, params: {}}, outputs: {}});
    const program = compileGraph(initial, {step, wider, bare});
    expect(() => program.run('stop', {})).toThrow("there is no entry 'stop', only step, wider, bare");
    expect(() => program.run('wider', {})).toThrow("entry 'wider' gives 'params/w' as float32 [4]; it is float32 [2]");
    expect(() => program.run('bare', {})).toThrow(
      "entry 'bare' gives another state than it got: trees differ in structure at 'params': missing 'w'",
    );
    expect(() => program.write({...initial, params: {w: vector(1)}})).toThrow(
      "'params/w' is float32 [2], got float32 [1]",
    );
    expect(program.read()).toEqual(initial);
    program.dispose();
  });

  test('the count of tensors is level over 300 steps, and none is left after it', () => {
    const {binding} = tensorflowBackend();
    const before = binding.getNumOfTensors();
    const program = compileGraph(initial, {step, look});
    const round = (): void => {
      for (let i = 0; i < 100; i++) program.run('step', {x: vector(1, 1), rate: 0.5});
      program.run('look', {});
      program.write(program.read());
      program.run('step', {x: vector(1), rate: 0.5});
    };
    round();
    const level = binding.getNumOfTensors();
    round();
    round();
    expect(binding.getNumOfTensors()).toBe(level);
    program.dispose();
    expect(binding.getNumOfTensors()).toBe(before);
  });

  test('large results share memory while a call is recorded, and only then', () => {
    const {binding} = tensorflowBackend();
    const [rows, columns] = [300, 300];
    const ones = {shape: [rows, columns], dtype: 'float32', data: new Float32Array(rows * columns).fill(1)} as NdArray;
    const ids: unknown[] = [];
    const entry: Entry = (state, {x}) => {
      const [twice, more] = [tf.mul(x, 2), tf.add(x, 4)];
      const [shared, other] = [twice, more].map((tensor) => tensorflowBackend().getInputTensorIds([tensor])[0]!);
      ids.push(binding.tensorDataSync(shared!)[0], binding.tensorDataSync(other!)[0]);
      return {state, outputs: {sum: tf.sum(tf.mul(twice, more))}};
    };
    withoutOwnOperations(() => {
      const program = compileGraph(initial, {entry});
      const before = binding.getNumOfTensors();
      expect(program.run('entry', {x: ones}).number('sum')).toBe(rows * columns * 2 * 5);
      expect(ids).toEqual([2, 2, 2, 2]);
      expect(binding.getNumOfTensors()).toBe(before);
      program.dispose();
    });
  });

  test.skipIf(!hasOwnAddon())('with our addon nothing is executed while a call is recorded', () => {
    const counts: number[] = [];
    const entry: Entry = (state, {x}) => {
      const before = tensorflowBackend().binding.getNumOfTensors();
      const sum = tf.sum(tf.square(tf.concat([x as Tensor, tf.split(x as Tensor, 2)[0]!])));
      counts.push(tensorflowBackend().binding.getNumOfTensors() - before);
      return {state, outputs: {sum}};
    };
    const program = compileGraph(initial, {entry});
    expect(program.run('entry', {x: vector(1, 2)}).number('sum')).toBe(1 + 4 + 1);
    expect(counts).toEqual([0, 0]);
    program.dispose();
  });

  test.skipIf(!hasOwnAddon())('an entry whose shapes cannot be inferred is executed while it is recorded', () => {
    const entry: Entry = (state, {x}) => {
      const counted = tf.range(0, 3, 1, 'int32');
      return {state, outputs: {sum: tf.sum(tf.mul(x as Tensor, tf.cast(counted, 'float32')))}};
    };
    const unable = (own: Binding & GraphFunctions) => ({
      addNode: (graph: object, node: GraphNode) =>
        own.addNode(graph, node).map(({dtype, shape}) => (node.op === 'Mul' ? {dtype} : {dtype, shape: shape!})),
    });
    const operations = operationsOf(() =>
      withBinding(unable, () => {
        const program = compileGraph(initial, {entry});
        expect(program.run('entry', {x: vector(1, 2, 3)}).number('sum')).toBe(2 + 6);
        program.dispose();
      }),
    );
    expect(operations.filter((op) => op === 'Mul')).toHaveLength(2);
  });

  test('an addon that takes graphs from files wants a folder for them; ours does not', () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = '/nowhere/at/all';
    const require = () => requireWayForGraphs(tensorflowBackend().binding);
    try {
      expect(() => withoutOwnOperations(require)).toThrow(/TMPDIR.*\/nowhere\/at\/all.*ENOENT/);
      if (hasOwnAddon()) expect(require).not.toThrow();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
    withoutOwnOperations(require);
  });

  test('a failed recording leaves nothing behind', () => {
    const {binding} = tensorflowBackend();
    const program = compileGraph(initial, {
      bad: (state) => ({state, outputs: {x: tf.scalar(w(state).dataSync()[0]!)}}),
    });
    const before = binding.getNumOfTensors();
    expect(() => program.run('bad', {x: vector(1)})).toThrow('is read on the host');
    expect(binding.getNumOfTensors()).toBe(before);
    expect(tensorflowBackend().binding).toBe(binding);
    program.dispose();
  });

  test('embeddings: rows chosen by computed indices, and their gradients', () => {
    const table = random([10, 4], 5);
    const entry: Entry = (state, {ids}) => {
      const rows = (current: Tensor) => tf.gather(current as never, tf.add(ids, tf.scalar(1, 'int32')) as never);
      const gradient = tf.grad((current) => tf.sum(tf.square(rows(current))))(w(state));
      return {state: {...state, params: {w: tf.sub(w(state), gradient)}}, outputs: {}};
    };
    const state = {params: {w: table}, modelState: {}, optimizer: {}};
    const inputs = {ids: {shape: [3], dtype: 'int32', data: Int32Array.of(0, 4, 4)} as const};
    const program = compileGraph(state, {entry});
    program.run('entry', inputs);
    const found = (program.read().params as {w: NdArray}).w.data;
    const factors = Array.from({length: 10}, (_, row) => [1, -1, 1, 1, 1, -3][row] ?? 1);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(table.data[i]! * factors[i >> 2]!, 5);
    program.dispose();
  });
});
