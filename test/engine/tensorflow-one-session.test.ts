import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, HostInputs, NdArray, Tensor, TrainState} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {
  type Binding,
  type GraphFunctions,
  graphFunctions,
  tensorflowBackend,
} from '../../src/engine/tensorflow/binding.js';
import {attribute, dataTypes} from '../../src/engine/tensorflow/graph-def.js';
import {compileGraph, MOST_ENTRIES} from '../../src/engine/tensorflow/graph-program.js';
import {sessionConfig} from '../../src/engine/tensorflow/one-session/session-config.js';
import {addState} from '../../src/engine/tensorflow/one-session/state.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {UserError} from '../../src/support/index.js';
import {onTensorflow, withBinding, withoutOwnOperations} from '../helpers/tensorflow.js';

const ones = (length: number): NdArray => ({
  shape: [length],
  dtype: 'float32',
  data: new Float32Array(length).fill(1),
});
const initial: TrainState<NdArray> = {params: {w: ones(2)}, modelState: {}, optimizer: {}};
const w = (state: TrainState<unknown>): Tensor => (state.params as {w: Tensor}).w;

const step: Entry = (state, {x}) => {
  const next = tf.add(w(state), tf.mean(x as Tensor));
  return {state: {...state, params: {w: next}}, outputs: {sum: tf.sum(next)}};
};
const look: Entry = (state) => ({state, outputs: {sum: tf.sum(w(state))}});

/** What is called while `run` runs, by the functions' names. */
function callsOf(run: () => void): {[name: string]: number} {
  const calls: {[name: string]: number} = {};
  const counted = (own: Binding & GraphFunctions) => {
    const names = ['openSession', 'closeSession', 'addNode', 'loadSavedModel'] as const;
    const counting =
      (name: (typeof names)[number]) =>
      (...given: unknown[]) => {
        calls[name] = (calls[name] ?? 0) + 1;
        return (own[name] as (...given: unknown[]) => unknown)(...given);
      };
    return Object.fromEntries(names.map((name) => [name, counting(name)]));
  };
  withBinding(counted, run);
  return calls;
}

function lineOfCaller(): number {
  return Number(/:(\d+):\d+\)?$/.exec(new Error().stack!.split('\n')[2]!)![1]);
}

describe.skipIf(!hasOwnAddon())(onTensorflow('a program in one session'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test('is written group by group where its state is large: values are asked for when those before them are in place', () => {
    const functions = graphFunctions(tensorflowBackend().binding)!;
    const session = functions.openSession(sessionConfig());
    const forms = [2 ** 25, 2 ** 25, 3].map((length) => ({shape: [length], dtype: 'float32'}) as const);
    const log: string[] = [];
    const callRun: GraphFunctions['callRun'] = (...given) => {
      log.push('run');
      return functions.callRun(...given);
    };
    const state = addState({...functions, callRun}, session, forms);
    const valuesOf = (first: number): NdArray[] =>
      forms.map((form, i) => ({
        ...form,
        get data() {
          log.push(`data ${i}`);
          return new Float32Array(form.shape[0]!).fill(first + i);
        },
      }));
    for (const first of [1, 10]) {
      log.length = 0;
      state.write(valuesOf(first));
      expect(log).toEqual(['data 0', 'data 1', 'run', 'data 2', 'run']);
      for (const [i, {shape}] of forms.entries()) {
        const data = state.read([i])[0]!.data as Float32Array;
        expect([data.length, data[0], data.at(-1)]).toEqual([shape[0], first + i, first + i]);
      }
    }
    functions.closeSession(session);
  });

  test('has all entries and shapes in it, over one set of variables', () => {
    const calls = callsOf(() => {
      const program = compileGraph(initial, {step, look});
      for (const [i, length] of [1, 2, 3, 2].entries()) {
        program.run('step', {x: ones(length)});
        expect(program.run('look', {}).number('sum')).toBe(2 * (i + 2));
      }
      program.write(initial);
      expect(program.run('look', {}).number('sum')).toBe(2);
      program.dispose();
    });
    expect(calls).toEqual({openSession: 1, closeSession: 1, addNode: calls.addNode});
  });

  test('adds nodes when an entry is recorded, and never again', () => {
    const addedBy = (entry: Entry, times: number): number => {
      const {addNode} = callsOf(() => {
        const program = compileGraph(initial, {entry});
        for (let i = 0; i < times; i++) program.run('entry', {x: ones(2)});
        program.dispose();
      });
      return addNode!;
    };
    const once = addedBy(step, 1);
    expect(addedBy(step, 3)).toBe(once);
    let calls = 0;
    expect(() => addedBy((...given) => (calls++ === 0 ? step(...given) : look(...given)), 1)).toThrow('differ');
  });

  /** Runs `step` with inputs of so many shapes. */
  function runShapes(program: ReturnType<typeof compileGraph>, count: number): void {
    for (let length = 1; length <= count; length++) program.run('step', {x: ones(length)});
  }

  function expectStateOverShapes(): void {
    const count = 3 * MOST_ENTRIES;
    const program = compileGraph(initial, {step, look});
    runShapes(program, count);
    expect(program.run('look', {}).number('sum')).toBe(2 * (count + 1));
    runShapes(program, 5);
    expect(program.read()).toEqual({...initial, params: {w: {...ones(2), data: new Float32Array(2).fill(count + 6)}}});
    program.dispose();
  }

  function expectLeaves(): void {
    const program = compileGraph({...initial, modelState: {seen: ones(3)}, optimizer: {none: {}}}, {step, look});
    program.run('step', {x: ones(3)});
    expect(program.leaves()).toEqual({
      params: {w: {...ones(2), data: Float32Array.of(2, 2)}},
      modelState: {seen: ones(3)},
      optimizer: {none: {}},
    });
    program.dispose();
  }

  test('gives the leaves of its state', expectLeaves);
  test('gives them with an addon of an npm package', () => withoutOwnOperations(expectLeaves));

  test('lets go of shapes when there are many, and keeps the state', () => {
    expect(callsOf(expectStateOverShapes)).toMatchObject({openSession: 4, closeSession: 4});
  });

  test('so does one with an addon of an npm package', () => {
    withoutOwnOperations(expectStateOverShapes);
  });

  test('keeps as many shapes as come again and again', () => {
    const {openSession} = callsOf(() => {
      const program = compileGraph(initial, {step});
      for (let i = 0; i < 3; i++) runShapes(program, MOST_ENTRIES + 5);
      program.dispose();
    });
    expect(openSession).toBe(2);
  });

  test('keeps three times as many, once they come again', () => {
    const {openSession} = callsOf(() => {
      const program = compileGraph(initial, {step});
      for (let i = 0; i < 3; i++) runShapes(program, 3 * MOST_ENTRIES + 5);
      program.dispose();
    });
    // The first round opens four; in those after it none is let go of.
    expect(openSession).toBe(4);
  });

  const pick: Entry = (state, {row}) => ({
    state,
    outputs: {value: tf.gather(tf.tensor1d([1, 2]), row as Tensor)},
  });
  const row = (index: number): HostInputs => ({row: {shape: [], dtype: 'int32', data: Int32Array.of(index)}});

  function failureOf(run: () => void): Error {
    try {
      run();
    } catch (failure) {
      return failure as Error;
    }
    throw new Error('it did not fail');
  }

  test('names the operation and the line of what fails in a run, and can be run again', () => {
    const line = lineOfCaller() - 14;
    const program = compileGraph(initial, {pick, look});
    const failure = failureOf(() => program.run('pick', row(5)));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toMatch(
      new RegExp(
        `^test/engine/tensorflow-one-session\\.test\\.ts:${line}:\\d+: GatherV2: indices = 5 is not in \\[0, 2\\)$`,
      ),
    );
    expect(program.run('pick', row(1)).number('value')).toBe(2);
    expect(program.run('look', {}).number('sum')).toBe(2);
    program.dispose();
  });

  test.each<[string, RegExp, (x: Tensor) => Tensor]>([
    [
      'an exception',
      /^test\/engine\/[^:]*:\d+:\d+: in the middle$/,
      (x) => {
        tf.square(x);
        throw new Error('in the middle');
      },
    ],
    [
      'an operation that has no kernel for its type',
      /^test\/engine\/[^:]*:\d+:\d+: Reciprocal: .*Reciprocal/s,
      (x) => tf.reciprocal(tf.cast(x, 'int32')),
    ],
    ['shapes that do not fit', /Incompatible shapes|could not be broadcast/, (x) => tf.add(x, tf.ones([3]))],
    [
      'an operation that is unknown',
      /^test\/engine\/[^:]*:\d+:\d+: NoSuchOperation: .*NoSuchOperation/s,
      (x) => executed('NoSuchOperation', [], x),
    ],
    [
      'an attribute that is wrong',
      /ts:\d+:\d+: Neg: there is no kernel for these types/,
      (x) => executed('Neg', [{name: 'T', type: 4, value: dataTypes.bool}], x),
    ],
  ])('is as it was after a recording with %s', (_, message, compute) => {
    const bad: Entry = (state, {x}) => ({state, outputs: {y: compute(tf.neg(x as Tensor))}});
    const program = compileGraph(initial, {bad, step});
    for (let i = 0; i < 2; i++) {
      expect(failureOf(() => program.run('bad', {x: ones(2)})).message).toMatch(message);
      expect(program.run('step', {x: ones(2)}).number('sum')).toBe(2 * (i + 2));
    }
    program.dispose();
  });

  function executed(op: string, attributes: Parameters<Binding['executeOp']>[1], x: Tensor): Tensor {
    const backend = tensorflowBackend();
    const [result] = backend.binding.executeOp(op, attributes, backend.getInputTensorIds([x]), 1);
    return backend.createOutputTensor(result!);
  }

  test('is closed when it is disposed of, once and for all', () => {
    const program = compileGraph(initial, {look});
    program.run('look', {});
    program.dispose();
    program.dispose();
    expect(() => program.run('look', {})).toThrow('the program was disposed of');
  });

  test("the addon's functions refuse what they can't take", () => {
    const functions = graphFunctions(tensorflowBackend().binding)!;
    const session = functions.openSession(new Uint8Array());
    const type = attribute.type(dataTypes.float32);
    const add = (op: string, name: string, ...inputs: string[]) =>
      functions.addNode(session, {name, op, inputs, attributes: op === 'Placeholder' ? {dtype: type} : {T: type}});
    expect(add('Placeholder', 'x')).toEqual([{dtype: dataTypes.float32}]);
    functions.setShapes(session, 'x', [[2, 3]]);
    expect(add('Neg', 'y', 'x')).toEqual([{dtype: dataTypes.float32, shape: [2, 3]}]);
    expect(() => add('Neg', 'z', 'x', 'x')).toThrow('Neg does not take 2 inputs');
    expect(() => add('Neg', 'z', 'nowhere')).toThrow("there is no node 'nowhere'");
    expect(() => add('Neg', 'z', 'x:1')).toThrow("there is no output 'x:1'");
    expect(() => functions.openSession(Uint8Array.of(255, 255))).toThrow();
    expect(() => functions.addNode({}, {name: 'a', op: 'Neg', inputs: [], attributes: {}})).toThrow(
      'of the kind that it should be',
    );
    const run = functions.prepareRun(session, {
      feeds: [{node: 'x', shape: [2, 3]}],
      fetches: ['y'],
      targets: [],
      copies: false,
    });
    expect(functions.callRun(run, [new Float32Array(6).fill(2)])).toEqual([new Float32Array(6).fill(-2)]);
    expect(() => functions.callRun(run, [])).toThrow('there are not as many values as feeds');
    expect(() => functions.callRun(run, [new Float32Array(5)])).toThrow('the values are not as many as the shape says');
    functions.closeSession(session);
    expect(() => functions.callRun(run, [new Float32Array(6)])).toThrow('the session is closed');
  });
});
