import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, ExampleField, HostInputs, NdArray, Outputs, Tensor, TrainState} from '../../src/contract/index.js';
import {compileEager, openEngine, rowTaker, tf} from '../../src/engine/index.js';
import {type Binding, type GraphFunctions, tensorflowBackend} from '../../src/engine/tensorflow/binding.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {REPEATS} from '../../src/engine/tensorflow/runnable-entry.js';
import {inputsOf, mlp, random, stateOf, stepOf} from '../helpers/models.js';
import {hasTensorflow, loadedGraphs, onTensorflow, withoutOwnOperations} from '../helpers/tensorflow.js';

/** More calls than are made one by one before any is put off. */
const LONG = 250;

let graphCalls = 0;

/** Counts the calls of graphs from now on. */
function countGraphCalls(): void {
  const backend = tensorflowBackend();
  const own = backend.binding as Binding & GraphFunctions;
  const counted = (['runSavedModel', 'callRun'] as const).flatMap((name) => {
    const call = own[name] as ((...given: unknown[]) => unknown) | undefined;
    const value = (...given: unknown[]): unknown => {
      graphCalls += 1;
      return call!.apply(own, given);
    };
    return call ? [[name, {value}]] : [];
  });
  const descriptors = {...Object.getOwnPropertyDescriptors(own), ...Object.fromEntries(counted)};
  backend.binding = Object.defineProperties({}, descriptors) as Binding;
}

function callsDuring(run: () => void): number {
  const before = graphCalls;
  run();
  return graphCalls - before;
}

describe.skipIf(!hasTensorflow)(onTensorflow('short calls whose outputs are not read'), () => {
  beforeAll(async () => {
    await openEngine('tensorflow');
    countGraphCalls();
  });

  const vector = (...values: number[]): NdArray => ({
    shape: [values.length],
    dtype: 'float32',
    data: Float32Array.from(values),
  });
  const initial: TrainState<NdArray> = {params: {w: vector(0)}, modelState: {}, optimizer: {}};
  const w = (state: TrainState<unknown>): Tensor => (state.params as {w: Tensor}).w;
  /** Each call's result depends on all before it, in their order. */
  const step: Entry = (state, {x, flag}) => {
    const next = tf.add(tf.mul(w(state), 0.5), tf.mul(tf.sum(x), tf.cast(flag, 'float32')));
    return {state: {...state, params: {w: next}}, outputs: {sum: tf.sum(next), pair: tf.concat([next, next])}};
  };
  const look: Entry = (state) => ({state, outputs: {w: w(state)}});
  const flag: NdArray = {shape: [], dtype: 'bool', data: Uint8Array.of(1)};
  const inputs = (i: number): HostInputs => ({x: vector(i % 7, 1), flag});

  function warmProgram() {
    const graph = compileGraph(initial, {step, look});
    const eager = compileEager(initial, {step, look});
    for (let i = 0; i < LONG; i++) for (const program of [graph, eager]) program.run('step', inputs(i));
    graph.flush();
    return {graph, eager};
  }

  test('are made together, and give what they give one by one', () => {
    const {graph, eager} = warmProgram();
    const expected = Array.from({length: 3 * REPEATS + 2}, (_, i) => eager.run('step', inputs(i)).number('sum'));
    let outputs: Outputs[] = [];
    const calls = callsDuring(() => {
      outputs = expected.map((_, i) => graph.run('step', inputs(i)));
    });
    expect(calls).toBe(3);
    expect(outputs.map((each) => each.number('sum'))).toEqual(expected);
    expect(outputs[9]!.array('pair')).toEqual({...vector(expected[9]!, expected[9]!)});
    expect(graph.read()).toEqual(eager.read());
    graph.dispose();
    eager.dispose();
  });

  test.each<[string, (program: ReturnType<typeof warmProgram>['graph'], last: Outputs) => void]>([
    ['the state is read', (graph) => void graph.read()],
    ['its leaves are', (graph) => void graph.leaves()],
    ['an output is read', (_, last) => void last.number('sum')],
    ['another entry is run', (graph) => void graph.run('look', {})],
    ['inputs of another shape come', (graph) => void graph.run('step', {x: vector(1, 2, 3), flag}).number('sum')],
    ['they are asked for', (graph) => graph.flush()],
  ])('are made before %s', (_, act) => {
    const {graph, eager} = warmProgram();
    eager.run('step', inputs(3));
    const expected = eager.run('step', inputs(4)).number('sum');
    graph.run('step', inputs(3));
    const last = graph.run('step', inputs(4));
    expect(callsDuring(() => act(graph, last))).toBeGreaterThanOrEqual(2);
    expect(callsDuring(() => expect(last.number('sum')).toBe(expected))).toBe(0);
    graph.dispose();
    eager.dispose();
  });

  test('are done before the state is replaced', () => {
    const {graph, eager} = warmProgram();
    const last = graph.run('step', inputs(3));
    graph.write({...initial, params: {w: vector(100)}});
    expect(last.number('sum')).toBe(eager.run('step', inputs(3)).number('sum'));
    expect(graph.read().params).toEqual({w: vector(100)});
    graph.dispose();
    eager.dispose();
  });

  test('keep the values that they were given', () => {
    const {graph, eager} = warmProgram();
    const memory = new Float32Array(32);
    for (let offset = 0; offset < 16; offset++) {
      const x: NdArray = {shape: [2], dtype: 'float32', data: memory.subarray(offset, offset + 2)};
      x.data.set([offset, 2]);
      graph.run('step', {x, flag});
      eager.run('step', {x, flag});
    }
    memory.fill(-1);
    expect(graph.read()).toEqual(eager.read());
    graph.dispose();
    eager.dispose();
  });

  test('a failed call throws where its outputs are read', () => {
    const pick: Entry = (state, {row}) => {
      const value = tf.gather(tf.tensor1d([1, 2]), row);
      return {state: {...state, params: {w: tf.reshape(value, [1])}}, outputs: {value}};
    };
    const row = (index: number): NdArray => ({shape: [], dtype: 'int32', data: Int32Array.of(index)});
    const program = compileGraph(initial, {pick});
    for (let i = 0; i < LONG; i++) program.run('pick', {row: row(i % 2)});
    program.flush();
    const last = program.run('pick', {row: row(5)});
    expect(() => program.flush()).toThrow('indices = 5 is not in [0, 2)');
    expect(() => last.number('value')).toThrow('indices = 5 is not in [0, 2)');
    program.dispose();
  });

  test('training with them is training without, bit for bit', () => {
    const numbers = {nesterov: true, weightDecay: 0.1, eps: 1e-8};
    const entries = {step: stepOf(mlp.model(0.3), numbers)};
    const [together, alone] = [compileGraph(stateOf(mlp), entries), compileGraph(stateOf(mlp), entries)];
    const calls = [together, alone].map((program) =>
      callsDuring(() => {
        for (let i = 0; i < 2 * LONG; i++) {
          const outputs = program.run('step', inputsOf(i % 10, mlp.inputShape));
          if (program === alone) outputs.number('loss');
        }
        program.flush();
      }),
    );
    expect(calls[0]!).toBeLessThan(calls[1]! - 200);
    expect(together.read()).toEqual(alone.read());
    together.dispose();
    alone.dispose();
  });
});

describe.skipIf(!hasTensorflow)(onTensorflow('rows of an array'), () => {
  beforeAll(() => openEngine('tensorflow'));

  const source = random([50, 3], 1);
  const initial: TrainState<NdArray> = {params: {w: random([3], 2)}, modelState: {}, optimizer: {}};
  const step: Entry = (state, {x}) => {
    const next = tf.add((state.params as {w: Tensor}).w, tf.sum(x, 0));
    return {state: {...state, params: {w: next}}, outputs: {x}};
  };

  test('are picked by the graph, which keeps no tensor but the array', () => {
    const {binding} = tensorflowBackend();
    const before = binding.getNumOfTensors();
    const program = compileGraph(initial, {step});
    const take = rowTaker(source, 4);
    for (const rows of [
      [3, 1, 49, 3],
      [0, 2, 4, 6],
    ]) {
      const expected = rows.flatMap((row) => [...source.data.subarray(3 * row, 3 * row + 3)]);
      expect([...program.run('step', {x: take(Uint32Array.from(rows))}).array('x').data]).toEqual(expected);
    }
    const {length} = Object.keys(initial.params);
    expect(binding.getNumOfTensors()).toBeLessThanOrEqual(before + length + 1);
    program.dispose();
    expect(binding.getNumOfTensors()).toBe(before);
  });

  test('are picked of arrays of any length by one graph', () => {
    const longer: ExampleField = {...source, shape: [source.shape[0]! * 2, 3], data: new Float32Array(300).fill(5)};
    const graphs = loadedGraphs(() => {
      const program = compileGraph(initial, {step});
      const pick = (from: ExampleField) => [
        ...program.run('step', {x: rowTaker(from, 1)(Uint32Array.of(40))}).array('x').data,
      ];
      expect(pick(source)).toEqual([...source.data.subarray(120, 123)]);
      expect(pick(longer)).toEqual([5, 5, 5]);
      program.dispose();
    });
    expect(graphs.length).toBe(1);
  });

  test('that have been read, and may have been changed, are fed as they are', () => {
    const program = compileGraph(initial, {step});
    const batch = rowTaker(source, 2)(Uint32Array.of(1, 2));
    batch.data[0] = 100;
    expect(program.run('step', {x: batch}).array('x').data[0]).toBe(100);
    const copy = {...rowTaker(source, 2)(Uint32Array.of(1, 2)), data: new Float32Array(6).fill(7)};
    expect([...program.run('step', {x: copy}).array('x').data]).toEqual([7, 7, 7, 7, 7, 7]);
    program.dispose();
  });

  const bytes: ExampleField = {
    shape: [50, 11],
    dtype: 'uint8',
    data: Uint8Array.from({length: 550}, (_, i) => (i * 7) % 256),
    scaling: {scale: 1 / 77, offset: -0.3},
  };
  const look: Entry = (state, {x}) => ({state, outputs: {x}});

  /** What a graph makes of rows of bytes, with the addon's functions as given. */
  function pickedBytes(rows: Uint32Array, field: ExampleField): NdArray {
    const program = compileGraph(initial, {look});
    const array = program.run('look', {x: rowTaker(field, rows.length)(rows)}).array('x');
    program.dispose();
    return array;
  }

  test('are scaled in the graph where they are bytes, with the operation of our addon or without', () => {
    const rows = Uint32Array.of(49, 0, 7, 7);
    const expected = {shape: [4, 11], dtype: 'float32', data: rowTaker(bytes, 4)(rows).data.slice()};
    const picked = () => pickedBytes(rows, bytes);
    expect(picked()).toEqual(expected);
    expect(withoutOwnOperations(picked)).toEqual(expected);
  });

  test('are kept apart where only their scaling differs', () => {
    const program = compileGraph(initial, {look});
    const rows = Uint32Array.of(1, 3);
    for (const scale of [1, 0.5]) {
      const field = {...bytes, scaling: {scale, offset: 1}};
      const {data} = program.run('look', {x: rowTaker(field, 2)(rows)}).array('x');
      expect(data[0]).toBe(bytes.data[11]! * scale + 1);
    }
    program.dispose();
  });

  test('that are not there are refused', () => {
    expect(() => pickedBytes(Uint32Array.of(0, 50), bytes)).toThrow('there is no row of that number');
  });
});
