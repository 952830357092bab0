import {isAbsolute, join} from 'node:path';
import {UserError} from '../support/index.js';

/** The framework's name in a workload's folder, where AlgoPerf has `_jax` or `_pytorch`. */
const FRAMEWORK = 'tfjs';

/** The folder of a run: `<experimentDir>/<experiment>/<workload>_tfjs/trial_1`. */
export function runPath(experimentDir: string, experiment: string, workload: string): string {
  return join(experimentDir, experiment, `${workload}_${FRAMEWORK}`, 'trial_1');
}

/** The experiment, workload and trial of a run's path below the experiment folder, or undefined if it is none. */
export function parseRunPath(path: string): {experiment: string; workload: string; trial: string} | undefined {
  const match = path.replaceAll('\\', '/').match(/^(.+)\/([^/]+)_tfjs\/(trial_\d+)$/);
  return match ? {experiment: match[1]!, workload: match[2]!, trial: match[3]!} : undefined;
}

/** @throws UserError unless the name is a relative path of proper parts */
export function requireExperimentName(name: string): void {
  const parts = name.split('/');
  const isProper =
    !isAbsolute(name) && parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.startsWith('.'));
  if (isProper && !/[\p{Cc}\\]/u.test(name)) return;
  throw new UserError(
    `--experiment-name: '${name}' can't be a folder's name; allowed are names and paths such as 'first' or 'sweep/lr-1e-3'`,
  );
}

/** Files of a run, by what they are. */
export const FILES = {
  config: 'config.yaml',
  hparams: 'hparams.json',
  overrides: 'overrides.json',
  evaluations: 'eval_measurements.csv',
  measurements: 'measurements.csv',
  events: 'events.jsonl',
  log: 'log.jsonl',
  lock: 'LOCK',
  result: 'result.json',
} as const;

export const FOLDERS = {plots: 'plots', checkpoints: 'checkpoints'} as const;

/** The name of a file of which each process of a run leaves one: `meta_data_0.json`, `flags_1.json`. */
export function numbered(kind: 'meta_data' | 'flags', preemptionCount: number): string {
  return `${kind}_${preemptionCount}.json`;
}
