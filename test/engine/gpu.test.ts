import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {type NotedOperation, noteOperations} from '../../bench/noted-operations.js';
import {type AddonMembers, pretendedGpu, withBinding} from '../../bench/with-binding.js';
import {type WorkloadParts, workloadParts} from '../../bench/workload-parts.js';
import {type Entry, leavesOf, type NdArray, type Tensor, type TrainState, type Tree} from '../../src/contract/index.js';
import {lossAndGradients, lstm, openEngine, rowTaker, tf} from '../../src/engine/index.js';
import {LEAST_CALLS} from '../../src/engine/tensorflow/calls.js';
import {compileGraph} from '../../src/engine/tensorflow/graph-program.js';
import {insteadOfOwn} from '../../src/engine/tensorflow/own-operations.js';
import {REPEATS} from '../../src/engine/tensorflow/runnable-entry.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {loadWorkload} from '../../workloads/index.js';
import {root} from '../helpers/cli.js';
import {inputsOf, mlp, random, stateOf, stepOf} from '../helpers/models.js';
import {largestDifference, onTensorflow} from '../helpers/tensorflow.js';

type Device = 'cpu' | 'gpu';

const membersOf = (device: Device): AddonMembers => (device === 'gpu' ? pretendedGpu() : {});

function ownIn(operations: readonly NotedOperation[]): string[] {
  return [...new Set(operations.map(({op}) => op))].filter((op) => Object.hasOwn(insteadOfOwn, op)).sort();
}

test('every operation of the addon has something in its place, or is no part of a graph', () => {
  const folder = join(root, 'src/native/addon');
  const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const registered = [...text.join('\n').matchAll(/registerOperation<.*?>\(\s*\{"(\w+)"/gs)].map(([, op]) => op!);
  const outside = ['BeginReleasingPages', 'EndReleasingPages'];
  expect(registered.sort()).toEqual([...Object.keys(insteadOfOwn), ...outside].sort());
});

describe.skipIf(!hasOwnAddon())(onTensorflow('where TensorFlow sees a GPU'), () => {
  beforeAll(() => openEngine('tensorflow'));

  /** What `use` gives of a workload's parts, and the operations that it takes. */
  async function on<T>(device: Device, name: string, use: (parts: WorkloadParts) => Promise<T>, isRunning = true) {
    const notes = noteOperations({members: membersOf(device), isRunning});
    try {
      const parts = await workloadParts(await loadWorkload(name), 16);
      const result = await use(parts);
      parts.program.dispose();
      return {result, operations: notes.take()};
    } finally {
      notes.end();
    }
  }

  async function allParts({step, evaluation, reset}: WorkloadParts): Promise<void> {
    step();
    await evaluation();
    reset();
  }

  test.each(['cifar', 'ogbg', 'wmt_small'])(
    "%s's step, evaluation and reset have no operations of the addon",
    async (name) => {
      const {operations} = await on('gpu', name, allParts, false);
      expect(ownIn(operations)).toEqual([]);
      expect(operations.filter(({op}) => op === 'ResourceApplyAdam').length).toBeGreaterThan(1);
    },
  );

  async function trained({step, evaluation, reset, program}: WorkloadParts) {
    const losses = [step(), step()];
    const {optimizer} = program.read();
    reset();
    return {losses: [...losses, step()], metrics: await evaluation(), optimizer};
  }

  function expectNear(found: number, expected: number, what: string): void {
    expect(Math.abs(found - expected), what).toBeLessThanOrEqual(1e-5 * Math.abs(expected) + 1e-7);
  }

  test.each(['mnist', 'text_lm'])('%s has none either, and the same numbers', async (name) => {
    const [cpu, gpu] = [await on('cpu', name, trained), await on('gpu', name, trained)];
    expect(ownIn(cpu.operations)).toContain('SoftmaxCrossEntropy');
    expect(ownIn(gpu.operations)).toEqual([]);
    for (const [i, loss] of cpu.result.losses.entries()) expectNear(gpu.result.losses[i]!, loss, `loss ${i}`);
    for (const [metric, value] of Object.entries(cpu.result.metrics!))
      expectNear(gpu.result.metrics![metric]!, value, metric);
    const moments = new Map(leavesOf<NdArray>(gpu.result.optimizer as Tree<NdArray>).map((leaf) => [leaf.path, leaf]));
    // A gradient of one number is a sum whose parts cancel.
    for (const {path, value} of leavesOf<NdArray>(cpu.result.optimizer as Tree<NdArray>))
      expect(distance(moments.get(path)!.value, value), path).toBeLessThan(value.data.length === 1 ? 1e-3 : 1e-4);
  });

  /** Relative to the length of `b`. */
  function distance(a: NdArray, b: NdArray): number {
    let [difference, length] = [0, 0];
    b.data.forEach((value, i) => {
      difference += (value - a.data[i]!) ** 2;
      length += value ** 2;
    });
    return length === 0 ? difference : Math.sqrt(difference / length);
  }

  test('calls that run together hand nothing on by an operation of the addon', () => {
    const trainedOn = (device: Device): {state: TrainState<NdArray>; own: string[]} => {
      const notes = noteOperations({members: membersOf(device), isRunning: true});
      const program = compileGraph(stateOf(mlp), {step: stepOf(mlp.model(0.3), {nesterov: false, weightDecay: 0.1})});
      for (let i = 0; i < LEAST_CALLS + REPEATS; i++) program.run('step', inputsOf(i, mlp.inputShape));
      const state = program.read();
      program.dispose();
      notes.end();
      return {state, own: ownIn(notes.take())};
    };
    const [cpu, gpu] = [trainedOn('cpu'), trainedOn('gpu')];
    expect(cpu.own).toContain('HandOn');
    expect(gpu.own).toEqual([]);
    expect(largestDifference(cpu.state, gpu.state)).toBeLessThan(1e-5);
    expect(largestDifference(gpu.state, stateOf(mlp))).toBeGreaterThan(1e-2);
  });

  test('a layer of LSTM is a loop, with the same numbers', () => {
    const lengths = {shape: [3], dtype: 'int32', data: Int32Array.of(4, 1, 3)} as const;
    const state = {
      params: {kernel: random([5, 16], 1, 0.4), recurrentKernel: random([4, 16], 2, 0.4), bias: random([16], 3)},
      modelState: {},
      optimizer: {},
    };
    const entry: Entry = (given, {x, lengths: each}) => {
      const {aux, gradients} = lossAndGradients((params) => {
        const {outputs, cell} = lstm(x as Tensor, params as never, {lengths: each as Tensor});
        return {loss: tf.add(tf.sum(tf.square(outputs)), tf.sum(cell)) as Tensor, aux: {outputs, cell}};
      }, given.params);
      return {state: given, outputs: {...aux, ...(gradients as {[name: string]: Tensor})}};
    };
    const outputsOn = (device: Device) => {
      const notes = noteOperations({members: membersOf(device), isRunning: true});
      const program = compileGraph(state, {entry});
      const arrays = program.run('entry', {x: random([3, 4, 5], 4), lengths}).arrays();
      program.dispose();
      notes.end();
      return {arrays, operations: notes.take()};
    };
    const [cpu, gpu] = [outputsOn('cpu'), outputsOn('gpu')];
    expect(ownIn(cpu.operations)).toEqual(['RecurrentLstm', 'RecurrentLstmGradient']);
    expect(ownIn(gpu.operations)).toEqual([]);
    expect(gpu.operations.filter(({op}) => op === 'StatelessWhile')).toHaveLength(2);
    for (const [name, array] of Object.entries(cpu.arrays))
      expect(distance(gpu.arrays[name]!, array), name).toBeLessThan(1e-6);
  });

  test('a batch is fed as the numbers of its rows, not as all rows', () => {
    const source = {
      shape: [100, 2],
      dtype: 'uint8',
      data: Uint8Array.from({length: 200}, (_, i) => i),
      scaling: {scale: 0.5, offset: -1},
    } as const;
    const entry: Entry = (state, {x}) => ({state, outputs: {sums: tf.sum(x as Tensor, 1)}});
    const fed: (readonly number[])[] = [];
    const noting: AddonMembers = {
      ...pretendedGpu(),
      createSource: () => {
        throw new Error('an array was handed over whole');
      },
    };
    const outputs = withBinding(
      (own) => ({
        ...noting,
        callRun(run, values) {
          fed.push(...values.map((value) => [...(value as Float32Array)]));
          return own.callRun(run, values);
        },
      }),
      () => {
        const program = compileGraph({params: {}, modelState: {}, optimizer: {}}, {entry});
        const take = rowTaker(source, 2);
        const sums = [Uint32Array.of(3, 99), Uint32Array.of(0, 1)].map((rows) => [
          ...program.run('entry', {x: take(rows)}).array('sums').data,
        ]);
        program.dispose();
        return sums;
      },
    );
    expect(outputs).toEqual([
      [4.5, 196.5],
      [-1.5, 0.5],
    ]);
    expect(fed).toEqual([
      [2, 2.5, 98, 98.5],
      [-1, -0.5, 0, 0.5],
    ]);
  });
});
