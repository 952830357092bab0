import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect} from 'vitest';
import type {Submission} from '../../src/contract/index.js';
import {loadBuiltIn} from '../../src/submissions/index.js';
import type {RunOutcome} from '../../src/training/index.js';
import {numbersOf, root} from './cli.js';
import {type InProcess, runInProcess} from './run-in-process.js';

/** The tables that a run of the cyclic submission leaves. */
const TABLES = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'validation_losses.csv'];

/** A run as {@link runInProcess} makes it, in a folder of its own each time. */
export interface Trained extends Omit<InProcess, 'folder' | 'config'> {
  folderWithData(): string;
}

/** Hyperparameters of AdamW and two cycles in so many steps. */
export interface TwoCycles {
  readonly batchSize: number;
  readonly budgetSteps: number;
  readonly everySteps: number;
  readonly reset: string;
  /** Further hyperparameters, as YAML. */
  readonly more?: string;
}

/** A config of the cyclic submission. */
export const twoCycles = ({batchSize, budgetSteps, everySteps, reset, more = ''}: TwoCycles): string => `
batch_size: ${batchSize}
evaluation: {every_steps: ${everySteps}, stop_at_target: false}
hyperparameters: {optimizer: adamw, learning_rate: 0.01, one_minus_beta1: 0.1, beta2: 0.99, weight_decay: 0.01, dropout_rate: 0.1, warmup_factor: 0.1${more}}
schedule:
  budget_steps: ${budgetSteps}
  warmup_schedule_fns: [linear, linear]
  decay_schedule_fns: [cosine, cosine]
  alter_decays: [0, 0]
  alter_warmups: [0, 0]
reset: {method: ${reset}}
`;

/**
 * Requires a run that was cut after some steps, once or more, and resumed to leave the same tables as one in one go.
 * @returns the run in one go
 */
export async function expectSameResumed(
  {folderWithData, ...run}: Trained,
  {config, cuts}: {readonly config: string; readonly cuts: readonly number[]},
): Promise<RunOutcome> {
  const whole = await runInProcess({folder: folderWithData(), config, ...run});
  const folder = folderWithData();
  for (const [i, maxGlobalSteps] of cuts.entries())
    await runInProcess({folder, config, ...run, maxGlobalSteps, resume: i > 0});
  const resumed = await runInProcess({folder, config, ...run, resume: true});
  for (const table of TABLES)
    expect(numbersOf(join(resumed.path, table)), table).toEqual(numbersOf(join(whole.path, table)));
  return whole;
}

/** Requires a built-in submission with its own config to make three steps. */
export async function expectTrainedBy(
  name: Parameters<typeof loadBuiltIn>[0],
  {folderWithData, ...run}: Trained,
  batchSize: number,
): Promise<void> {
  const submission = (await loadBuiltIn(name)) as unknown as Submission;
  const text = readFileSync(join(root, 'configs', 'submissions', `${name}.yaml`), 'utf8');
  const config = `batch_size: ${batchSize}\n${text}`;
  const {result} = await runInProcess({folder: folderWithData(), config, ...run, submission, maxGlobalSteps: 3});
  expect(result).toMatchObject({globalStep: 3, status: 'stopped'});
}
