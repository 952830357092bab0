import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {FILES, latestStep, numbered, type RunResult, readResult, runPath} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {budgetSecondsOf} from './prepare.js';
import {locationOf, requireSameRun} from './run-folder.js';
import type {RunOptions} from './run-options.js';

/**
 * How far a run has come: `absent` is not started; `refused` was recorded without being started; `unfinished` has something
 * left to do, also one that failed; `complete` has nothing.
 */
export interface Standing {
  readonly state: 'absent' | 'refused' | 'unfinished' | 'complete';
  /** Steps that need not be done again. */
  readonly globalStep: number;
  readonly result: RunResult | undefined;
}

/** Nothing of a run is there. */
export const absent: Standing = Object.freeze({state: 'absent', globalStep: 0, result: undefined});

/**
 * How far the run has come that the options name.
 * @throws UserError if it was started with another config, seed or code
 */
export function standingOf(options: RunOptions): Standing {
  const path = runPath(options.experimentDir, locationOf(options));
  if (!existsSync(join(path, FILES.config))) return absent;
  const result = readResult(path);
  if (!existsSync(join(path, numbered('meta_data', 0)))) return {state: 'refused', globalStep: 0, result};
  requireSameRun(path, options);
  if (result && !canContinue(result, options)) return {state: 'complete', globalStep: result.globalStep, result};
  return {state: 'unfinished', globalStep: latestStep(path), result};
}

/**
 * The options of a run that is to be begun or resumed, whichever its folder asks for; others as they are.
 * @throws UserError if it has no name, is to be replaced, or was started with another config, seed or code
 */
export function resolveResume(options: RunOptions): RunOptions {
  if (!options.beginOrResume) return options;
  if (options.experimentName === undefined)
    throw new UserError('--begin-or-resume: say which run with --experiment-name <name>');
  if (options.overwrite) throw new UserError('--begin-or-resume: a run that may be resumed is not replaced');
  const {state} = standingOf(options);
  // One that was refused before it began has left nothing else.
  return {...options, resume: state === 'unfinished' || state === 'complete', overwrite: state === 'refused'};
}

/** The limit that has ended a run early, and without which it goes on; undefined: it has ended otherwise. */
export function limitOf(result: RunResult, options: RunOptions): 'maxGlobalSteps' | 'maxRuntime' | undefined {
  if (canContinue(result, options)) return undefined;
  return (['maxGlobalSteps', 'maxRuntime'] as const).find((limit) =>
    canContinue(result, {...options, [limit]: undefined}),
  );
}

/** Whether there is more to do in a run that has a result: what ended it is no longer there, or its limit is further away. */
export function canContinue({status, trainingComplete, times, globalStep}: RunResult, options: RunOptions): boolean {
  if (status === 'failed') return true;
  if (status === 'terminated_early') return options.judge === undefined;
  if (status === 'stopped') return globalStep < (options.maxGlobalSteps ?? Number.POSITIVE_INFINITY);
  const wasOutOfTime = status === 'budget_spent' && trainingComplete === false;
  return wasOutOfTime && times.submission < (budgetSecondsOf(options) ?? Number.POSITIVE_INFINITY);
}
