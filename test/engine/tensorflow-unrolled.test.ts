import {describe, expect, test} from 'vitest';
import type {Entry, HostInputs, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {attribute, dataTypes, type GraphNode} from '../../src/engine/tensorflow/graph-def.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import type {Trace} from '../../src/engine/tensorflow/trace.js';
import {repeatedGraph} from '../../src/engine/tensorflow/unrolled.js';
import {random} from '../helpers/models.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const T = attribute.type(dataTypes.float32);
const node = (op: string, name: string, ...inputs: string[]): GraphNode => ({
  name,
  op,
  inputs,
  attributes: {T, dtype: T, shape: attribute.shape([])},
});

/** The inputs of each node but constants, by name. */
function repeated(nodes: readonly GraphNode[], count: number, hasOwn = true): {[name: string]: readonly string[]} {
  const feeds = [{node: 'x', leaf: 0, isSource: false}];
  const outputs = [{name: 'y', node: 'y'}];
  const graph = repeatedGraph({nodes, feeds, outputs} as unknown as Trace, count, hasOwn);
  return Object.fromEntries(graph.nodes.map(({name, inputs}) => [name, inputs]));
}

describe('calls of an entry in one graph', () => {
  const ends = [node('VarHandleOp', 'w'), node('Placeholder', 'x'), node('ReadVariableOp', 'read', 'w')];

  const summed = [
    ...ends,
    node('Add', 'sum', 'read', 'x'),
    node('AssignVariableOp', 'write', 'w', 'sum', '^read'),
    node('Identity', 'y', 'sum', '^write'),
  ];

  test('hand on what they make of a variable, and only the last one writes it, when all have read it', () => {
    expect(repeated(summed, 3)).toEqual({
      x_stacked: [],
      x_each: ['x_stacked'],
      read_call0: ['w'],
      sum_call0: ['read_call0', 'x_each:0'],
      y_call0: ['sum_call0', '^handed_call0'],
      handed_call0: ['sum_call0', 'read_call0'],
      sum_call1: ['handed_call0:0', 'x_each:1'],
      y_call1: ['sum_call1', '^handed_call1'],
      handed_call1: ['sum_call1', 'read_call0'],
      sum_call2: ['handed_call1:0', 'x_each:2'],
      write_call2: ['w', 'sum_call2', '^handed_call1', '^read_call0', '^y_call1'],
      y_call2: ['sum_call2', '^write_call2'],
      y_stacked: ['y_call0', 'y_call1', 'y_call2'],
    });
  });

  test('write it each time, where there is no operation to hand it on', () => {
    expect(repeated(summed, 2, false)).toMatchObject({
      y_call0: ['sum_call0', '^write_call0'],
      read_call1: ['w', '^y_call0'],
      sum_call1: ['read_call1', 'x_each:1'],
      write_call1: ['w', 'sum_call1', '^read_call1', '^y_call0'],
    });
  });

  test('write all each time where one is changed in place, and read them when the call before has ended', () => {
    const nodes = [
      ...ends,
      node('Mul', 'decayed', 'read', 'x'),
      node('AssignVariableOp', 'write', 'w', 'decayed', '^read'),
      node('ResourceApplyAdam', 'apply', 'w', 'x', '^write'),
      node('VarHandleOp', 'count'),
      node('ReadVariableOp', 'counted', 'count'),
      node('AssignVariableOp', 'next', 'count', 'counted', '^counted'),
      node('Identity', 'y', 'x', '^apply', '^next'),
    ];
    expect(repeated(nodes, 2)).toMatchObject({
      next_call0: ['count', 'counted_call0', '^counted_call0'],
      counted_call1: ['count', '^y_call0'],
      read_call1: ['w', '^y_call0'],
      decayed_call1: ['read_call1', 'x_each:1'],
      write_call0: ['w', 'decayed_call0', '^read_call0'],
      apply_call1: ['w', 'x_each:1', '^write_call1', '^y_call0'],
    });
  });

  test('that follow nothing but constants may begin one call ahead', () => {
    const nodes = [...ends, node('Const', 'two'), node('Neg', 'first', 'two'), node('Identity', 'y', 'first', '^read')];
    expect(repeated(nodes, 3)).toMatchObject({
      first_call0: ['two'],
      first_call1: ['two'],
      first_call2: ['two', '^y_call0'],
      read_call1: ['w', '^y_call0'],
    });
  });
});

const LONG = 210;

describe.skipIf(!hasTensorflow)(onTensorflow('a state that goes through many calls'), () => {
  const vector = (seed: number): NdArray => random([16], seed);
  const scalar: NdArray = {shape: [], dtype: 'float32', data: Float32Array.of(0.5)};
  const initial: TrainState<NdArray> = {
    params: {a: vector(1), b: vector(2), fixed: vector(3), seen: vector(4), s: scalar},
    modelState: {},
    optimizer: {},
  };

  /** Every output and the last state, of calls made at once where they may be, or each by itself. */
  function resultsOf(first: TrainState<NdArray>, step: Entry, inputs: (call: number) => HostInputs, flushes: boolean) {
    const program = compileGraph(first, {step});
    const outputs = Array.from({length: LONG + 20}, (_, call) => {
      const each = program.run('step', inputs(call));
      if (flushes) program.flush();
      return each;
    });
    const found = {results: outputs.map((each) => [...each.array('result').data]), state: program.read()};
    program.dispose();
    return found;
  }

  test.each<[string, (old: {[name: string]: Tensor}, x: Tensor) => {[name: string]: Tensor}]>([
    ['exchanged', ({a, b, fixed}, x) => ({a: b!, b: tf.mul(tf.add(a!, tf.mul(x, fixed!)), 0.5)})],
    ['exchanged alone', ({a, b}) => ({a: b!, b: a!})],
    ['replaced by the input', (_, x) => ({a: x, seen: tf.add(x, 1)})],
    ['shifted', ({a, b}, x) => ({seen: b!, b: a!, a: x})],
    [
      'summed up',
      ({a, b, seen}, x) => ({a: tf.mul(tf.add(tf.add(a!, x), b!), 0.3), seen: tf.mul(tf.addN([seen!, x, a!]), 0.3)}),
    ],
    ['scaled', ({a, s}, x) => ({a: tf.add(tf.mul(tf.mul(a!, 0.9), s!), x), s: tf.add(tf.mul(s!, 0.99), 0.01)})],
    [
      'scaled by what is new',
      ({s, fixed}, x) => {
        const next = tf.mul(tf.tanh(tf.add(s!, tf.mean(x))), 0.9);
        return {a: tf.mul(tf.mul(tf.tanh(tf.add(fixed!, x)), 0.9), next), s: next};
      },
    ],
    ['shared', ({b}, x) => ({a: tf.add(b!, x), seen: b!, b: tf.mul(tf.add(b!, x), 0.5)})],
  ])('has the same bits, call by call and many at once, where values are %s', async (_, change) => {
    await openEngine('tensorflow');
    const step: Entry = (state, {x}) => {
      const old = state.params as {[name: string]: Tensor};
      const params = {...old, ...change(old, x as Tensor)};
      return {state: {...state, params}, outputs: {result: tf.addN([params.a!, params.b!, old.a!, old.seen!])}};
    };
    const inputs = (call: number): HostInputs => ({x: vector(call % 7)});
    expect(resultsOf(initial, step, inputs, false)).toEqual(resultsOf(initial, step, inputs, true));
  });

  test('has the same bits where products of several shapes may be reordered', async () => {
    await openEngine('tensorflow');
    const scaled = (value: Tensor): Tensor => tf.mul(tf.tanh(value), 0.9);
    const step: Entry = (state, {x, v}) => {
      const {a, c, s} = state.params as {a: Tensor; c: Tensor; s: Tensor};
      const next = scaled(tf.add(scaled(tf.add(s, v as Tensor)), v as Tensor));
      const product = tf.matMul(a as never, x as never);
      const params = {a: tf.mul(scaled(tf.add(product, c)), next), c, s: next};
      return {state: {...state, params}, outputs: {result: params.a}};
    };
    const first = {params: {a: random([4, 4], 1), c: random([4], 2), s: scalar}, modelState: {}, optimizer: {}};
    const inputs = (call: number): HostInputs => ({x: random([4, 4], call), v: (call % 5) / 50});
    expect(resultsOf(first, step, inputs, false)).toEqual(resultsOf(first, step, inputs, true));
  });
});
