import {isAbsolute, join} from 'node:path';
import type {Json} from '../contract/index.js';
import {count, UserError} from '../support/index.js';

/** The framework's name in a workload's folder, where AlgoPerf has `_jax` or `_pytorch`. */
const FRAMEWORK = 'tfjs';

/** The run of a folder. */
export interface RunLocation {
  /** A name, or a path of names: `sweep/lr-1e-3`. */
  readonly experiment: string;
  /** Counts from 1; absent: the run is of no study. */
  readonly study?: number | undefined;
  readonly workload: string;
  /** Counts from 1, within its study. */
  readonly trial: number;
}

/** The folder of a run: `<experimentDir>/<experiment>/[study_k/]<workload>_tfjs/trial_n`. */
export function runPath(experimentDir: string, {experiment, study, workload, trial}: RunLocation): string {
  const studyFolder = study === undefined ? [] : [`study_${study}`];
  return join(experimentDir, experiment, ...studyFolder, `${workload}_${FRAMEWORK}`, `trial_${trial}`);
}

/** What a run's path below the experiment folder tells of it, or undefined if it is not one. */
export function parseRunPath(path: string): RunLocation | undefined {
  const match = path.replaceAll('\\', '/').match(/^(.+?)(?:\/study_([1-9]\d*))?\/([^/]+)_tfjs\/trial_([1-9]\d*)$/s);
  if (!match) return undefined;
  const [, experiment, study, workload, trial] = match;
  return {
    experiment: experiment!,
    study: study === undefined ? undefined : Number(study),
    workload: workload!,
    trial: Number(trial),
  };
}

/** Names in the path that an experiment's name may be. */
const MOST_PARTS = 64;

/**
 * @param givenBy - for the message
 * @throws UserError unless the name is a relative path of proper parts
 */
export function requireExperimentName(name: string, givenBy = '--experiment-name'): void {
  const parts = name.split('/');
  const isProper =
    // What begins with ~ was meant as a home folder, which experiments are not kept in by their name; by what begins with - no command
    // could name the run.
    !/^[/~-]/.test(name) && !isAbsolute(name) && parts.every((part) => part.trim() !== '' && !part.startsWith('.'));
  const study = parts.find((part) => /^study_\d+$/.test(part));
  if (study !== undefined)
    throw new UserError(
      `${givenBy}: '${name}' can't have the part '${study}': that is how folders of studies are named`,
    );
  if (parts.length > MOST_PARTS)
    throw new UserError(
      `${givenBy}: a path of ${count(parts.length)} names is too long; allowed are up to ${MOST_PARTS}`,
    );
  if (isProper && !/[\p{Cc}\\]/u.test(name)) return;
  throw new UserError(
    `${givenBy}: '${name}' can't be a folder's name; allowed are names and paths such as 'first' or 'sweep/lr-1e-3'`,
  );
}

/** Files of a run, by what they are. */
export const FILES = Object.freeze({
  config: 'config.yaml',
  hparams: 'hparams.json',
  overrides: 'overrides.json',
  evaluations: 'eval_measurements.csv',
  measurements: 'measurements.csv',
  schedule: 'schedule.csv',
  events: 'events.jsonl',
  log: 'log.jsonl',
  lock: 'LOCK',
  result: 'result.json',
} as const);

/** Names of events that the tool itself records. */
export const EVENTS = Object.freeze([
  'evaluation',
  'not_finite',
  'no_value',
  'bracket',
  'checkpoint',
  'schedule',
  'changed_code',
  'tensor_leak',
  'result',
] as const);

/** An event that the tool itself records. */
export interface ToolEvent {
  readonly name: (typeof EVENTS)[number];
  readonly message: string;
  readonly data?: {readonly [name: string]: Json};
}

/** The table of a sweep's runs, in the sweep's folder. */
export const SWEEP_TABLE = 'sweep.csv';

export const FOLDERS = Object.freeze({plots: 'plots', checkpoints: 'checkpoints', source: 'source'} as const);

/** The name of a file of which each process of a run leaves one: `meta_data_0.json`, `flags_1.json`. */
export function numbered(kind: 'meta_data' | 'flags' | 'profile' | 'trace', preemptionCount: number): string {
  return `${kind}_${preemptionCount}.json`;
}
