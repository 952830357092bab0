import {UserError} from '../support/index.js';
import {monotonic} from './clock.js';
import {type Fit, fitOf} from './fit.js';
import {budgetSecondsOf, prepare} from './prepare.js';
import {allowedSeconds} from './process-files.js';
import type {RunOptions} from './run-options.js';
import type {Runtime} from './runtime.js';
import {silentRecord} from './silent-record.js';
import {runTrial} from './trial.js';
import type {TrialRecord, Watcher} from './trial-types.js';

/** Seconds for which steps are timed at most. */
const TIMED_SECONDS = 3;

/** Steps that are timed at most. */
const TIMED_STEPS = 500;

/** What some steps of a run showed. */
export interface Estimate extends Fit {
  /** How many steps were timed. */
  readonly timedSteps: number;
}

/**
 * Makes the first steps of a run and one evaluation, and says what the whole run comes to at that speed. Nothing is kept. The first step,
 * in which things are compiled, does not count.
 * @throws UserError if the run diverges in its first step, or is interrupted
 */
export async function estimateRun(runtime: Runtime, options: RunOptions): Promise<Estimate> {
  const stop = new AbortController();
  const evaluated: {at: number; submission: number; evaluation: number}[] = [];
  const record: TrialRecord = {
    ...silentRecord,
    async flush() {
      const [first] = evaluated;
      if (first && monotonic() - first.at > TIMED_SECONDS * 1000) stop.abort('timed');
    },
    evaluation: async (_, {submission, evaluation}) => void evaluated.push({at: monotonic(), submission, evaluation}),
  };
  // The budget that is raised below, and the steps that are not made, say nothing of how far it is.
  const progress: Watcher['progress'] = (view) =>
    options.watcher.progress({...view, budgetSeconds: undefined, totalSteps: undefined});
  const watcher = {...options.watcher, progress, event: () => {}};
  const signal = AbortSignal.any([stop.signal, options.signal]);
  const run = {
    ...options,
    maxGlobalSteps: TIMED_STEPS + 1,
    maxRuntime: Number.MAX_VALUE,
    judge: undefined,
    signal,
    watcher,
  };
  const folder = {checkpoint: undefined, seed: options.rngSeed ?? 0};
  const trial = await prepare({...runtime, options: run, folder, record, evaluations: [], profiler: undefined});
  const {totalSteps} = trial.optimizerState;
  const ending = await runTrial(trial).finally(() => trial.program.dispose());
  const [first] = evaluated;
  if (!first || options.signal.aborted)
    throw new UserError(`--estimate: ${ending.reason}, so there is nothing to go by`);
  const timedSteps = trial.progress.globalStep - 1;
  const {submission, evaluation} = trial.clock.read();
  // A submission of one step has none but that.
  const stepSeconds = timedSteps > 0 ? (submission - first.submission) / timedSteps : submission;
  const speed = {stepSeconds, evaluationSeconds: evaluation / evaluated.length};
  return {...fitOf(speed, lengthOf(options, totalSteps)), timedSteps};
}

function lengthOf(options: RunOptions, totalSteps: number | undefined) {
  const {workload, loaded, maxGlobalSteps} = options;
  return {
    totalSteps: least(totalSteps, maxGlobalSteps),
    budgetSeconds: options.maxRuntime ?? allowedSeconds(options),
    isLimited: budgetSecondsOf(options) !== undefined,
    evalEverySteps: loaded.config.evaluation.everySteps,
    evalEverySeconds: workload.budget.evalEverySeconds,
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
