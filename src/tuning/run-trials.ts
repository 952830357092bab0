import {existsSync} from 'node:fs';
import {lockHolder, readTuningRecord} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {
  closeRuntime,
  openRuntime,
  type RunOptions,
  type Runtime,
  recordCrash,
  recordRefusal,
  runIn,
  type Standing,
  standingOf,
} from '../training/index.js';
import {ofTrials} from './changed-trial.js';
import type {PlannedTrial, TuningPlan} from './plan.js';
import {type Attempt, optionsOf, pathOf, silent, type TrialsOptions} from './trial-options.js';

/** Why no more trials are run by this process. */
export type TrialsEnd = 'done' | 'interrupted' | 'renew';

/** A trial and how far it has come. */
export interface FoundTrial {
  readonly trial: PlannedTrial;
  /** Undefined: its config is refused. */
  readonly standing: Standing | undefined;
}

/**
 * How far the trials of a plan have come.
 * @throws UserError if one was started with another config, seed or code, or a run is in its place that is no trial of these
 */
export function findTrials(plan: TuningPlan, options: Omit<TrialsOptions, 'watcher'>): FoundTrial[] {
  return plan.trials.map((trial) => {
    if (trial.run instanceof UserError) return {trial, standing: undefined};
    if (options.overwrite) return {trial, standing: ABSENT};
    if (plan.isTuning && !plan.isBegun) requireFree(plan, trial, options);
    return {trial, standing: standingOfTrial(optionsOf(plan, trial, {...options, watcher: silent}))};
  });
}

function standingOfTrial(options: RunOptions): Standing {
  try {
    return standingOf(options);
  } catch (error) {
    throw ofTrials(error);
  }
}

const ABSENT: Standing = {state: 'absent', globalStep: 0, result: undefined};

function requireFree(plan: TuningPlan, trial: PlannedTrial, options: {readonly experimentDir: string}): void {
  const path = pathOf(plan, trial, options);
  // Where there is a record by now, another process has just started trials of that name: keeping ours tells whether they are these.
  const {experiment, workload} = plan;
  if (!existsSync(path) || readTuningRecord({...options, experiment, workload: workload.name})) return;
  throw new UserError(
    `--experiment-name: ${path} already exists, and is no trial of these; choose another name, or replace it by --overwrite`,
  );
}

/**
 * Runs what is left of the trials, one after the other in one runtime. A trial that fails or is refused says so in its folder, and
 * the next one begins.
 * @throws UserError if the engine or the data is not there
 */
export async function runTrials(
  plan: TuningPlan,
  found: readonly FoundTrial[],
  options: TrialsOptions,
): Promise<TrialsEnd> {
  const left = await recordRefused(plan, found, options);
  let opened: {runtime: Runtime; batchSize: number} | undefined;
  try {
    for (const [i, {trial, standing: before}] of left.entries()) {
      if (options.signal.aborted) return 'interrupted';
      // Another process may have run it in the meantime.
      const standing = options.overwrite ? before : standingOfTrial(optionsOf(plan, trial, options));
      if (standing.state === 'complete') continue;
      const run = optionsOf(plan, trial, options, standing);
      const batchSize = run.submission.getBatchSize(run.workload, run.loaded.config);
      // The engine has chosen its threads by the batch size.
      if (opened && opened.batchSize !== batchSize) {
        if (options.renewal) return 'renew';
        await closeRuntime(opened.runtime);
        opened = undefined;
      }
      opened ??= {runtime: await openRuntime(run, batchSize), batchSize};
      options.watcher.trial(trial, standing);
      const end = await runOne(plan, {trial, run, runtime: opened.runtime, options});
      options.watcher.ended(trial);
      if (end === 'interrupted' || options.signal.aborted) return 'interrupted';
      const isRenewed = options.renewal === 'after each' || (options.renewal && end === 'failed');
      if (isRenewed && i + 1 < left.length) return 'renew';
    }
    return 'done';
  } finally {
    if (opened) await closeRuntime(opened.runtime);
  }
}

interface Begun {
  readonly trial: PlannedTrial;
  readonly run: RunOptions;
  readonly runtime: Runtime;
  readonly options: TrialsOptions;
}

async function runOne(
  plan: TuningPlan,
  {trial, run, runtime, options}: Begun,
): Promise<'ended' | 'failed' | 'interrupted'> {
  try {
    const {result} = await runIn(runtime, run);
    return result ? 'ended' : 'interrupted';
  } catch (error) {
    if (lockHolder(pathOf(plan, trial, options))) {
      options.watcher.busy(trial);
      return 'ended';
    }
    options.watcher.failed(trial, ofTrials(error));
    if (standingOfTrial(run).state === 'absent') await refuse(plan, trial, options, (error as Error).message);
    return 'failed';
  }
}

/** Records trials that are not run or were ended by a crash. @returns the trials to run */
async function recordRefused(
  plan: TuningPlan,
  found: readonly FoundTrial[],
  options: TrialsOptions,
): Promise<{trial: PlannedTrial; standing: Standing}[]> {
  const left: {trial: PlannedTrial; standing: Standing}[] = [];
  for (const {trial, standing} of found) {
    const attempt = options.attempts?.find((each) => each.study === trial.study && each.trial === trial.trial);
    if (!standing) await refuse(plan, trial, options, (trial.run as UserError).message);
    else if (attempt) await recordEnd(plan, {trial, standing, options}, attempt);
    else if (standing.state !== 'complete') left.push({trial, standing});
  }
  return left;
}

interface Ended {
  readonly trial: PlannedTrial;
  readonly standing: Standing;
  readonly options: TrialsOptions;
}

async function recordEnd(plan: TuningPlan, {trial, standing, options}: Ended, {failure}: Attempt): Promise<void> {
  if (failure === undefined || standing.state === 'refused') return;
  if (standing.state === 'absent') await refuse(plan, trial, options, failure);
  else await recordCrash(optionsOf(plan, trial, options), failure);
}

function refuse(plan: TuningPlan, trial: PlannedTrial, options: TrialsOptions, reason: string): Promise<void> {
  const {source, study, trial: number} = trial;
  const {experimentDir, watcher} = options;
  const overrides = Object.fromEntries(source.overrides.map(({key, value}) => [key, value ?? null]));
  const {workload, experiment: experimentName} = plan;
  return recordRefusal(
    {workload, experimentDir, experimentName, study, trial: number, overrides, watcher, config: source.data},
    reason,
  );
}
