import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, HostInputs, NdArray, Program, Tensor, TrainState} from '../../src/contract/index.js';
import {compile, compileEager, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {SubmissionError} from '../../src/support/index.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

const vector = (...values: number[]): NdArray => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});
const initial: TrainState<NdArray> = {params: {w: vector(1, 2)}, modelState: {}, optimizer: {}};
const w = (state: TrainState<Tensor>): Tensor => (state.params as {w: Tensor}).w;
const keep: Entry = (state) => ({state, outputs: {sum: tf.sum(w(state))}});
// A test names this entry's line.
const step: Entry = (state, {x}) => ({state: {...state, params: {w: tf.add(w(state), x)}}, outputs: {}});

const wrongInputs: readonly [string, unknown, string][] = [
  [
    'float64',
    {shape: [2], dtype: 'float64', data: new Float64Array(2)},
    `dtype "float64"; allowed: float32 (a Float32Array), int32 (an Int32Array), bool (a Uint8Array)`,
  ],
  [
    'doubles',
    {shape: [2], dtype: 'float32', data: new Float64Array(2)},
    'has to be in a Float32Array; found a Float64Array',
  ],
  [
    'integers',
    {shape: [2], dtype: 'float32', data: new Int32Array(2)},
    'has to be in a Float32Array; found an Int32Array',
  ],
  [
    'floats',
    {shape: [2], dtype: 'int32', data: new Float32Array(2)},
    'has to be in an Int32Array; found a Float32Array',
  ],
  ['a list', {shape: [2], dtype: 'float32', data: [1, 2]}, 'has to be in a Float32Array; found a list'],
  ['int64', {shape: [2], dtype: 'int64', data: new BigInt64Array(2)}, `dtype "int64"; allowed`],
  ['strings', {shape: [1], dtype: 'string', data: ['a']}, `dtype "string"; allowed`],
  ['too few', {shape: [3], dtype: 'float32', data: new Float32Array(2)}, 'has 2 values; its shape [3] is for 3'],
  ['too many', {shape: [], dtype: 'float32', data: new Float32Array(2)}, 'has 2 values; its shape [] is for 1'],
  ['less than none', {shape: [-1], dtype: 'float32', data: new Float32Array(1)}, 'has the shape [-1]'],
  ['half a row', {shape: [1.5], dtype: 'float32', data: new Float32Array(1)}, 'has the shape [1.5]'],
  ['a BigInt', 1n, 'found 1n'],
  ['a text', 'a', 'found "a"'],
  ['true', true, 'found true'],
  ['null', null, 'found null'],
  ['number[][]', [[1], [2]], 'found a list'],
  ['three numbers', [1, 2, 3], 'found a list'],
  ['fractions for a key', [1.5, 2], 'found a list'],
];
const LINE_OF_STEP = 15 + 1;

/** The error that a call throws. */
function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (engine) => {
  beforeAll(() => openEngine(engine));

  test.each(wrongInputs)('an input that is %s is refused by its name', (_, x, words) => {
    const program = compile(initial, {step, keep});
    const inputs = {batch: {x}} as unknown as HostInputs;
    const error = errorOf(() => program.run('step', inputs));
    expect(error).toBeInstanceOf(SubmissionError);
    expect(error.message).toMatch(/^input 'batch\/x' /);
    expect(error.message).toContain(words);
    expect(program.run('keep', {}).number('sum')).toBe(3);
    program.dispose();
  });

  test('so is a tensor, and values of a state that are not of its dtype', () => {
    const program = compile(initial, {keep});
    const x = tf.ones([2]);
    expect(() => program.run('keep', {x} as never)).toThrow("input 'x' must be a number, an array");
    x.dispose();
    const stateOf = (leaf: unknown) => ({params: {w: leaf}, modelState: {}, optimizer: {}}) as never;
    const integers = {shape: [2], dtype: 'float32', data: Int32Array.of(5, 6)};
    for (const make of [
      (leaf: unknown) => program.write(stateOf(leaf)),
      (leaf: unknown) => compile(stateOf(leaf), {keep}),
    ]) {
      expect(() => make(3)).toThrow("'params/w' of the state has to be an array {shape, dtype, data}; found 3");
      expect(() => make(integers)).toThrow(
        "'params/w' of the state is float32, so its data has to be in a Float32Array",
      );
      expect(() => make({...vector(1), shape: [2]})).toThrow(
        "'params/w' of the state has 1 values; its shape [2] is for 2",
      );
    }
    program.write(initial);
    expect(program.run('keep', {}).number('sum')).toBe(3);
    program.dispose();
  });

  test('a program that was disposed of says so at every call but another dispose', () => {
    const program = compile(initial, {keep});
    program.run('keep', {});
    const leaves = program.leaves();
    program.dispose();
    program.dispose();
    const calls: {[name: string]: () => unknown} = {
      run: () => program.run('keep', {}),
      flush: () => program.flush(),
      read: () => program.read(),
      leaves: () => program.leaves(),
      write: () => program.write(initial),
      'its state': () => (leaves.params as {w: NdArray}).w.data,
    };
    for (const [name, call] of Object.entries(calls))
      expect(call).toThrow(`the program was disposed of: ${name} can't be called any more`);
  });

  test('leaves are good until the state changes', () => {
    const program = compile(initial, {step, keep});
    const dataOf = (state: TrainState<NdArray>) => (state.params as {w: NdArray}).w.data;
    const changed =
      'the state has changed since `leaves` gave this array: ask for its data before the next run or write, or take a copy by `read`';
    const before = program.leaves();
    program.run('keep', {});
    program.write(before);
    expect(() => dataOf(before)).toThrow(changed);
    const asked = program.leaves();
    expect([...dataOf(asked)]).toEqual([1, 2]);
    program.run('step', {x: vector(1, 1)});
    expect(() => dataOf(asked)).toThrow(changed);
    expect([...dataOf(program.leaves())]).toEqual([2, 3]);
    program.dispose();
  });

  test('a state that is none', () => {
    for (const state of [undefined, 3])
      expect(() => compile(state as never, {keep})).toThrow(
        `the state has to be {params, modelState, optimizer}, trees of arrays; found ${state}`,
      );
  });

  test('within an entry no program is called, with the line', () => {
    const other = compile(initial, {keep});
    const calls: {[name: string]: (own: Program) => unknown} = {
      "a program's run": () => other.run('keep', {}),
      "a program's flush": (own) => own.flush(),
      "a program's read": (own) => own.read(),
      "a program's leaves": (own) => own.leaves(),
      "a program's write": (own) => own.write(initial),
      "a program's dispose": (own) => own.dispose(),
      compile: () => compile(initial, {keep}),
    };
    for (const [name, call] of Object.entries(calls)) {
      const outer: Entry = (state) => {
        call(program);
        return {state, outputs: {}};
      };
      const program: Program = compile(initial, {outer, keep});
      expect(() => program.run('outer', {})).toThrow(
        new RegExp(
          `^test/engine/wrong-calls\\.test\\.ts:\\d+:\\d+: ${name} can't be called within an entry, here 'outer'`,
        ),
      );
      expect(program.run('keep', {}).number('sum')).toBe(3);
      program.dispose();
    }
    other.dispose();
  });

  test('what fails in an entry says the line that asks for it, and leaves the state as it was', () => {
    const program = compile(initial, {
      step,
      keep,
      given: () => {
        throw new RangeError('of its own');
      },
    });
    const line = /^test\/engine\/wrong-calls\.test\.ts:(\d+):\d+: /;
    const wrong = errorOf(() => program.run('step', {x: vector(1, 2, 3)}));
    expect(wrong.message).toMatch(line);
    expect(line.exec(wrong.message)![1]).toBe(`${LINE_OF_STEP}`);
    expect(wrong.message).not.toContain('TF_Status');
    const own = errorOf(() => program.run('given', {}));
    expect(own).toBeInstanceOf(RangeError);
    expect(own.message).toMatch(/^test\/engine\/wrong-calls\.test\.ts:\d+:\d+: of its own$/);
    expect(program.run('keep', {}).number('sum')).toBe(3);
    program.dispose();
  });

  test('entries that are not there, or no functions', () => {
    const program = compile(initial, {keep, five: 5 as never});
    expect(() => program.run('toString', {})).toThrow("there is no entry 'toString', only keep, five");
    expect(() => program.run('five', {})).toThrow("entry 'five' is not a function");
    expect((program.run as (name: string) => ReturnType<Program['run']>)('keep').number('sum')).toBe(3);
    program.dispose();
  });

  test('a state that an entry has disposed of is not read until it is written', () => {
    const dispose: Entry = (state) => {
      w(state).dispose();
      return {state, outputs: {}};
    };
    const program = compileEager(initial, {dispose, keep});
    const words = "entry 'dispose' gives 'params/w' of the state, but has disposed of it";
    expect(() => program.run('dispose', {})).toThrow(words);
    for (const call of [() => program.run('keep', {}), () => program.read(), () => program.leaves()])
      expect(call).toThrow(new RegExp(`^a run has failed and may have left .*It failed with: ${words}`));
    program.write(initial);
    expect(program.run('keep', {}).number('sum')).toBe(3);
    program.dispose();
  });

  test('a gradient of a gradient', () => {
    const cubed: Entry = (state) => {
      const inner = (params: unknown) => {
        const {w: x} = params as {w: Tensor};
        return {loss: tf.sum(tf.mul(tf.mul(x, x), x)), aux: {}};
      };
      const {gradients} = lossAndGradients(
        (params) => ({loss: tf.sum((lossAndGradients(inner as never, params).gradients as {w: Tensor}).w), aux: {}}),
        state.params,
      );
      return {state, outputs: {second: (gradients as {w: Tensor}).w}};
    };
    const program = compile(initial, {cubed});
    expect([...program.run('cubed', {}).array('second').data]).toEqual([6, 12]);
    program.dispose();
  });
});

describe.skipIf(!hasTensorflow)('a run that fails within TensorFlow', () => {
  beforeAll(() => openEngine('tensorflow'));

  test('loses the state that it was to change, until one is written', () => {
    const huge: Entry = (state, {x}) => {
      const table = tf.tile(tf.reshape(x as Tensor, [-1, 1]), [2 ** 15, 2 ** 25]);
      return {state: {...state, params: {w: tf.add(w(state), tf.sum(table))}}, outputs: {}};
    };
    const program = compile(initial, {huge, step, keep});
    const leaves = program.leaves();
    const x = {shape: [2 ** 10], dtype: 'float32', data: new Float32Array(2 ** 10)} as const;
    expect(() => program.run('huge', {x})).toThrow(/^test\/engine\/wrong-calls\.test\.ts:\d+:\d+: \w+: .*OOM/);
    const lost =
      /^a run has failed and may have left .* It failed with: test\/engine\/wrong-calls\.test\.ts:\d+:\d+: .*OOM/;
    const calls = [
      () => program.run('keep', {}),
      () => program.read(),
      () => program.leaves(),
      () => (leaves.params as {w: NdArray}).w.data,
      () => program.write(leaves),
    ];
    for (const call of calls) expect(call).toThrow(lost);
    program.write(initial);
    program.run('step', {x: vector(1, 1)});
    expect(program.run('keep', {}).number('sum')).toBe(5);
    program.dispose();
  });

  test('so does a state that is written in part', () => {
    const program = compile(initial, {keep});
    const computed: NdArray = {
      shape: [2],
      dtype: 'float32',
      get data() {
        return new Int32Array(2);
      },
    };
    const partly = {...initial, params: {w: computed}};
    expect(() => program.write(partly)).toThrow('has to be in a Float32Array');
    expect(() => program.read()).toThrow('It failed with: ');
    program.write(initial);
    expect(program.read()).toEqual(initial);
    program.dispose();
  });
});
