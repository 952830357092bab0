import type {
  EvalResult,
  InitContext,
  Json,
  Key,
  NdArray,
  Outputs,
  Program,
  Recorder,
  Submission,
  TrainState,
  UpdateResult,
  Workload,
} from '../../src/contract/index.js';

import {mean} from '../../src/metrics/index.js';
import {initialTensors} from '../../src/submissions/index.js';

/** A recorder that keeps what it is given. */
export interface FakeRecorder extends Recorder {
  readonly schedules: {totalSteps: number; starts: number[]; ends: number[]}[];
  readonly rows: {table: string; globalStep: number; values: Record<string, number | string>}[];
  readonly events: {globalStep: number; name: string; message: string; data?: Record<string, Json>}[];
  readonly values: {globalStep: number; values: Record<string, number>}[];
}

export function fakeRecorder(): FakeRecorder {
  const recorder: FakeRecorder = {
    schedules: [],
    rows: [],
    events: [],
    values: [],
    schedule: ({totalSteps, cycles}) =>
      recorder.schedules.push({totalSteps, starts: cycles.map(({start}) => start), ends: cycles.map(({end}) => end)}) -
      1,
    scalars: (globalStep, values) => void recorder.values.push({globalStep, values: {...values}}),
    event: (globalStep, event) => void recorder.events.push({globalStep, ...event} as never),
    row: (table, globalStep, values) => void recorder.rows.push({table, globalStep, values: {...values}}),
  };
  return recorder;
}

export interface FakeProgram extends Program {
  readonly calls: {entry: string; learningRate: number}[];
}

/** A program whose steps change nothing but are counted. */
export function fakeProgram(initial: TrainState<NdArray>): FakeProgram {
  let state = structuredClone(initial);
  const outputs: Outputs = {
    number: () => 0.5,
    arrays: () => ({}),
    array: () => {
      throw new Error('no arrays here');
    },
  };
  const calls: FakeProgram['calls'] = [];
  return {
    calls,
    run(entry, inputs) {
      calls.push({entry, learningRate: inputs.learningRate as number});
      return outputs;
    },
    flush() {},
    read: () => structuredClone(state),
    leaves: () => structuredClone(state),
    write: (next) => {
      state = structuredClone(next);
    },
    dispose: () => {},
  };
}

const kernel = (value: number): NdArray => ({shape: [2], dtype: 'float32', data: Float32Array.of(value, value + 1)});

/** A workload of two parameters, of which only numbers and `initModel` are used. */
export const tinyWorkload: Workload = {
  name: 'tiny',
  summary: 'two parameters',
  target: {metric: 'accuracy', validation: 0.8, test: 0.8},
  budget: {stepHint: 300, seconds: 60, evalEverySeconds: 10},
  examples: {train: 10, evalTrain: 10, validation: 10, test: 10},
  batchSize: 5,
  evalBatchSize: 10,
  hasDropout: false,
  metrics: {accuracy: 'maximize', loss: 'minimize'},
  lossMetric: 'loss',
  loadData: () => Promise.reject(new Error('no data here')),
  paramTypes: {kernel: 'weight'},
  initModel: (key) => ({params: {kernel: kernel(key[1] / 2 ** 32)}, modelState: {}}),
  modelFn: () => {
    throw new Error('not run here');
  },
  lossFn: () => {
    throw new Error('not run here');
  },
  evaluation: {entries: {sums: () => ({})}, metrics: [mean('accuracy'), mean('loss')]},
};

export interface Drive {
  /** Steps done after which there is an evaluation, with its metrics. */
  readonly evaluations?: {readonly [step: number]: {loss: number; accuracy?: number}};
  readonly steps: number;
  /** Steps after which the submission is saved and restarted from what it saved. */
  readonly resumeAt?: number;
  /** The step before which the parameters become infinite. */
  readonly infiniteAt?: number;
}

export interface Driven {
  readonly recorder: FakeRecorder;
  readonly program: FakeProgram;
  readonly results: UpdateResult[];
  readonly saved: Json;
}

/** Calls a submission's functions as the loop does, without data. */
export async function drive(
  submission: Submission,
  config: unknown,
  {evaluations = {}, steps, resumeAt, infiniteAt}: Drive,
): Promise<Driven> {
  const recorder = fakeRecorder();
  const key: Key = [0, 42];
  const init: InitContext = {workload: tinyWorkload, model: tinyWorkload.initModel([0, 7]), config, key, recorder};
  let optimizerState = await submission.initOptimizerState(init);
  const program = fakeProgram({...init.model, optimizer: initialTensors(optimizerState)});
  const evalResults: EvalResult[] = [];
  const results: UpdateResult[] = [];
  for (let globalStep = 0; globalStep < steps; globalStep++) {
    if (globalStep === resumeAt)
      optimizerState = await submission.initOptimizerState({...init, saved: optimizerState.save()});
    if (globalStep === infiniteAt)
      program.write({...program.read(), params: {kernel: kernel(Number.POSITIVE_INFINITY)}});
    const clock = {accumulatedSubmissionTime: 0, budgetSeconds: undefined};
    const context = {
      workload: tinyWorkload,
      program,
      optimizerState,
      config,
      globalStep,
      key,
      evalResults,
      clock,
      recorder,
      batch: {},
    };
    results.push((await submission.updateParams(context)) ?? {});
    const evaluation = evaluations[globalStep + 1];
    if (evaluation) {
      const {loss, accuracy = 0.4} = evaluation;
      evalResults.push({
        globalStep: globalStep + 1,
        metrics: {'validation/loss': loss, 'validation/accuracy': accuracy},
      });
    }
  }
  return {recorder, program, results, saved: optimizerState.save()};
}
