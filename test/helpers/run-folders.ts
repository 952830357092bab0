import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {stringify} from 'yaml';
import {openTable, type RunLocation, type RunResult, runPath, writeResult} from '../../src/runs/index.js';

/** A run's folder that no run has made. */
export interface WrittenRun extends Omit<RunLocation, 'workload' | 'trial'> {
  /** Default: mnist. Its metric and target are mnist's, or what `meta` says. */
  readonly workload?: string;
  /** More for `meta_data_0.json`. */
  readonly meta?: {readonly [key: string]: unknown};
  readonly trial?: number;
  readonly config?: object;
  /** Validation accuracies, one evaluation each: at the steps 1, 11, 21, ... */
  readonly accuracies?: readonly number[];
  /** Seconds of the submission up to an evaluation. */
  readonly seconds?: (step: number) => number;
  /** False: it was interrupted. */
  readonly isOver?: boolean;
  /** Empty by default: its result is official. */
  readonly notOfficialBecause?: readonly string[];
}

/** The submission's seconds where a test does not say. */
const secondsAt = (step: number): number => 0.1 + step / 7;

/** Writes the folder of a run on mnist, target 0.97, as far as exports read it. @returns its path */
export function writeRun(experimentDir: string, run: WrittenRun): string {
  const {
    experiment,
    study,
    workload = 'mnist',
    meta = {},
    trial = 1,
    config = {},
    accuracies = [],
    seconds = secondsAt,
    isOver = true,
    notOfficialBecause = [],
  } = run;
  const path = runPath(experimentDir, {experiment, study, workload, trial});
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(path, name)), {recursive: true});
    writeFileSync(join(path, name), text);
  };
  write('config.yaml', stringify({submission: 'cyclic', batch_size: 128, ...config}));
  write('hparams.json', '{"learning_rate": 0.001}');
  write('flags_0.json', '{"workload": "mnist", "maxGlobalSteps": 600, "submission": "./mine.ts"}');
  const place = {'workload.name': workload, ...((study !== undefined || trial > 1) && {study, trial})};
  write('meta_data_0.json', JSON.stringify({...META, ...place, ...meta}));
  const evaluations = accuracies.map((accuracy, i) => evaluationRow(accuracy, 1 + 10 * i, seconds));
  const tables = {measurements: openTable(join(path, 'measurements.csv'), ['global_step', 'grad_norm', 'loss'])};
  tables.measurements.append({global_step: 1, grad_norm: 1.5, loss: 2.25});
  for (const row of evaluations) tables.measurements.append(row);
  tables.measurements.close();
  const table = openTable(join(path, 'eval_measurements.csv'), Object.keys(evaluationRow(0, 1, seconds)).sort());
  for (const row of evaluations) table.append(row);
  table.close();
  const reached = evaluations.find((row) => row['validation/accuracy'] > 0.97);
  if (isOver)
    writeResult(path, {
      status: 'budget_spent',
      reason: 'the end',
      workload: 'mnist',
      experiment,
      path,
      globalStep: evaluations.at(-1)?.global_step ?? 0,
      metric: 'accuracy',
      best: null,
      last: null,
      timeToTarget: reached ? {globalStep: reached.global_step, seconds: reached.accumulated_submission_time} : null,
      timeToTestTarget: null,
      times: {submission: 1, evaluation: 1, logging: 1, total: 3},
      overshootSeconds: 0,
      official: notOfficialBecause.length === 0,
      notOfficialBecause,
      trainingComplete: true,
    });
  return path;
}

const META = {
  begun: '2026-11-29T02:41:37.718Z',
  rng_seed: 5,
  backend: 'wasm',
  'workload.target_metric_name': 'accuracy',
  'workload.target_goal': 'maximize',
  'workload.target_is_inclusive': false,
  'workload.validation_target_value': 0.97,
  'workload.test_target_value': 0.97,
  'workload.loss_metric_name': 'loss',
};

function evaluationRow(accuracy: number, step: number, seconds: (step: number) => number) {
  return {
    accumulated_eval_time: 2,
    accumulated_logging_time: 1e-5 * step,
    accumulated_submission_time: seconds(step),
    global_step: step,
    preemption_count: 0,
    score: seconds(step),
    'test/accuracy': accuracy - 0.01,
    'test/loss': Number.NaN,
    'test/num_examples': 10000,
    total_duration: 3 + seconds(step),
    'train/accuracy': accuracy,
    'train/loss': Number.POSITIVE_INFINITY,
    'validation/accuracy': accuracy,
    'validation/loss': 1 - accuracy,
    'validation/num_examples': 10000,
  };
}

/** What a run of mnist left that was stopped after 7 steps, without the hashes of its files. */
export const stoppedResult: RunResult = {
  status: 'stopped',
  reason: 'it was enough',
  workload: 'mnist',
  experiment: 'a',
  path: '',
  globalStep: 7,
  metric: 'accuracy',
  ...{best: null, last: null, timeToTarget: null, timeToTestTarget: null},
  times: {submission: 60, evaluation: 1, logging: 1, total: 62},
  overshootSeconds: 0,
  official: true,
  notOfficialBecause: [],
  trainingComplete: false,
};
