import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {numbersOf, SMALL, testBackend, writeConfig} from './cli.js';
import {writeSmallMnist} from './idx.js';

/** Two rates with two seeds. */
export const SWEEP = `name: s
method: grid
config: small.yaml
workloads: [mnist]
seeds: [1, 2]
parameters:
  learning_rate: {values: [0.001, 0.002]}
`;

/** Its runs. */
export const NAMES = [
  'learning_rate=0.001,seed=1',
  'learning_rate=0.001,seed=2',
  'learning_rate=0.002,seed=1',
  'learning_rate=0.002,seed=2',
] as const;

const TABLES = ['eval_measurements.csv', 'measurements.csv', 'schedule.csv'];

/** The command line of the sweep. */
export const WORDS = ['sweep', 'sweep.yaml', '--data-dir', 'data', '--backend', testBackend];

/** A folder with a sweep, its config and its data. */
export function prepareSweep(folder: string, {sweep = SWEEP, config = SMALL} = {}): string {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder, config);
  writeFileSync(join(folder, 'sweep.yaml'), sweep);
  return folder;
}

/** The folder of a run of the sweep. */
export function sweptRun(folder: string, name: string): string {
  return join(folder, 'experiments', 's', name, 'mnist_tfjs', 'trial_1');
}

/** All numbers of all runs, without times. */
export function numbersOfSweep(folder: string): object {
  return Object.fromEntries(
    NAMES.map((name) => [name, TABLES.map((table) => numbersOf(join(sweptRun(folder, name), table)))]),
  );
}
