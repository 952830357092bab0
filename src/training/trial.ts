import type {HostBatch, InputQueue, StepContext, Submission} from '../contract/index.js';
import {foldIn} from '../engine/index.js';
import {areTargetsReached, hasFiniteLoss, type TargetRule} from '../metrics/index.js';
import {DivergedError} from '../support/index.js';
import {judged} from './judged.js';
import {leakWatch} from './leak.js';
import type {Ending, Position, Trial} from './trial-types.js';

/** Milliseconds from one look at signals and the progress line to the next. */
const YIELD_MILLISECONDS = 100;

/**
 * Trains until something ends the run. What is timed, evaluated and stopped follows AlgoPerf; the submission alone knows
 * what a step does.
 */
export async function runTrial(trial: Trial): Promise<Ending> {
  const lookForLeak = leakWatch(trial);
  let ending = (await evaluateIfMissed(trial)) ?? endingOf(trial) ?? (await judged(trial));
  while (!ending) {
    const diverged = await takeStep(trial);
    lookForLeak(trial.progress.globalStep);
    await trial.clock.time('logging', () => trial.record.flush(trial.progress.globalStep));
    ending = diverged ?? overtimeOf(trial);
    if (!ending && evaluationIsDue(trial)) ending = await evaluateAndSave(trial);
    if (isTimeToYield(trial)) {
      await flush(trial);
      await yieldToEvents(trial);
    }
    ending ??= endingOf(trial);
  }
  await flush(trial);
  // Uncaught errors are reported here, not after the result.
  await trial.clock.time('submission', turnOfEvents);
  await saveAtEnd(trial, ending);
  return ending.status === 'stopped' ? evaluateWhereStopped(trial, ending) : ending;
}

/** A run that ran out of time, or was interrupted, at a step with an evaluation gets that evaluation on resuming. */
async function evaluateIfMissed(trial: Trial): Promise<Ending | undefined> {
  const {globalStep, evaluations} = trial.progress;
  const wasMissed = globalStep > 0 && globalStep !== evaluations.at(-1)?.globalStep && evaluationIsDue(trial);
  return wasMissed ? evaluateAndSave(trial) : undefined;
}

/**
 * The evaluation of a run that was asked to stop. It is no part of the run that may follow: the checkpoint is older than it, so
 * a resumed run has its row cut and its submission never sees it. A target that it reaches ends the run, as any other does.
 */
async function evaluateWhereStopped(trial: Trial, ending: Ending): Promise<Ending> {
  const {evaluations, globalStep} = trial.progress;
  if (evaluations.at(-1)?.globalStep === globalStep) return ending;
  return (await evaluate(trial)) ?? endingOf(trial) ?? ending;
}

/** The program may have deferred the latest steps: they run on the submission's clock before anything else. */
async function flush({clock, program}: Trial): Promise<void> {
  await clock.time('submission', () => program.flush());
}

async function takeStep(trial: Trial): Promise<Ending | undefined> {
  const {submission, progress} = trial;
  const context = contextOf(trial);
  try {
    const result = await trial.clock.time('submission', () => {
      const batch = submission.dataSelection(context);
      if (batch instanceof Promise) return batch.then((drawn) => update(submission, context, drawn));
      return update(submission, context, batch);
    });
    progress.globalStep += 1;
    progress.trainingComplete = result?.trainingComplete ?? false;
    progress.loss = result?.loss;
    progress.learningRate = result?.learningRate;
  } catch (error) {
    if (error instanceof DivergedError) return {status: 'diverged', reason: error.message};
    throw error;
  }
  return undefined;
}

function update(submission: Submission, context: Context, batch: HostBatch): ReturnType<Submission['updateParams']> {
  context.batch = batch;
  return submission.updateParams(context);
}

/** Before one is drawn. */
const NO_BATCH: HostBatch = Object.freeze({});

/** The argument of a step's functions. One object for all of them: copies would cost more than the rest of the loop. */
interface Context extends StepContext {
  readonly inputQueue: InputQueue;
  batch: HostBatch;
}

function contextOf(trial: Trial): Context {
  const {workload, program, optimizerState, config, clock, rules, record, stepKey, inputQueue, progress} = trial;
  return {
    workload,
    program,
    optimizerState,
    config,
    globalStep: progress.globalStep,
    key: foldIn(stepKey, progress.globalStep),
    evalResults: progress.evaluations,
    clock: {accumulatedSubmissionTime: clock.read().submission, budgetSeconds: rules.budgetSeconds},
    recorder: record.recorder,
    inputQueue,
    batch: NO_BATCH,
  };
}

/** AlgoPerf gives no evaluation to a run that is out of time. */
function overtimeOf({clock, rules}: Trial): Ending | undefined {
  if (rules.budgetSeconds === undefined || clock.read().submission < rules.budgetSeconds) return undefined;
  return {status: 'budget_spent', reason: `the submission's ${rules.budgetSeconds} seconds are spent`};
}

function evaluationIsDue({rules, workload, progress, clock}: Trial): boolean {
  if (progress.globalStep === 1 || progress.trainingComplete) return true;
  if (rules.evalEverySteps !== undefined) return progress.globalStep % rules.evalEverySteps === 0;
  const seconds = (clock.now() - (progress.lastEvaluationAt ?? Number.NEGATIVE_INFINITY)) / 1000;
  return seconds >= workload.budget.evalEverySeconds;
}

async function evaluateAndSave(trial: Trial): Promise<Ending | undefined> {
  const {clock, record, progress} = trial;
  const ending = await evaluate(trial);
  if (ending) return ending;
  const position = await positionOf(trial);
  await clock.time('logging', () => record.checkpoint(trial, position, progress.evaluations.at(-1)));
  return endingOf(trial) ?? judged(trial);
}

/** @returns the run's end if it is out of time before the evaluation, or interrupted in it */
async function evaluate(trial: Trial): Promise<Ending | undefined> {
  const {submission, clock, record, progress} = trial;
  await flush(trial);
  if (submission.prepareForEval) {
    const context = contextOf(trial);
    await clock.time('submission', () => submission.prepareForEval?.(context));
  }
  const overtime = overtimeOf(trial);
  if (overtime) return overtime;
  const metrics = await clock.time('evaluation', () => trial.evaluate((share) => shouldContinue(trial, share)));
  if (!metrics)
    return {status: 'interrupted', reason: `interrupted in the evaluation after step ${progress.globalStep}`};
  progress.lastEvaluationAt = clock.now();
  const times = clock.read();
  const result = {globalStep: progress.globalStep, metrics, submissionTime: times.submission};
  progress.evaluations.push(result);
  await clock.time('logging', () => record.evaluation(result, times));
  return undefined;
}

/** Between two batches of an evaluation, which may take minutes: signals are handled. @returns whether to continue */
async function shouldContinue(trial: Trial, share: number): Promise<boolean> {
  if (isTimeToYield(trial)) await yieldToEvents(trial, share);
  return !trial.signal.aborted;
}

async function positionOf({progress, inputQueue, clock, optimizerState}: Trial): Promise<Position> {
  const position = {
    globalStep: progress.globalStep,
    inputPosition: inputQueue.position,
    times: clock.read(),
    sinceEvaluation: progress.lastEvaluationAt === undefined ? null : (clock.now() - progress.lastEvaluationAt) / 1000,
    trainingComplete: progress.trainingComplete,
  };
  const submission = await clock.time('submission', async () => {
    const saved = optimizerState.save();
    await turnOfEvents();
    return saved;
  });
  return {...position, submission};
}

function isTimeToYield({progress, clock}: Trial): boolean {
  return clock.now() - progress.yieldedAt > YIELD_MILLISECONDS;
}

function turnOfEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets signals be handled and the progress line be drawn. */
async function yieldToEvents(trial: Trial, evaluated?: number): Promise<void> {
  const {watcher, progress, optimizerState, rules, clock} = trial;
  const submissionView = await clock.time('submission', async () => {
    const view = {
      loss: progress.loss?.(),
      note: optimizerState.describe?.(progress.globalStep),
      totalSteps: rules.maxGlobalSteps ?? optimizerState.totalSteps,
    };
    // Timers and other deferred work of a submission run here.
    await turnOfEvents();
    return view;
  });
  watcher.progress({
    ...submissionView,
    globalStep: progress.globalStep,
    budgetSeconds: rules.budgetSeconds,
    learningRate: progress.learningRate,
    latest: progress.evaluations.at(-1),
    evaluated,
    times: clock.read(),
  });
  progress.yieldedAt = clock.now();
}

function reachedInWords({test}: TargetRule): string {
  return test === undefined ? 'the validation target is reached' : 'validation and test target are reached';
}

function endingOf({progress, rules, signal}: Trial): Ending | undefined {
  const reached = areTargetsReached(progress.evaluations, rules.target);
  if (reached && rules.stopAtTarget) return {status: 'target_reached', reason: reachedInWords(rules.target)};
  const last = progress.evaluations.at(-1);
  if (progress.trainingComplete && last && !hasFiniteLoss(last, rules.target)) {
    return {
      status: 'diverged',
      reason: `the validation ${rules.target.lossMetric} is NaN or infinite after the last step`,
    };
  }
  if (progress.trainingComplete) {
    return {
      status: reached ? 'target_reached' : 'budget_spent',
      reason: 'training complete',
    };
  }
  if (rules.maxGlobalSteps !== undefined && progress.globalStep >= rules.maxGlobalSteps) {
    return {status: 'stopped', reason: `--max-global-steps ${rules.maxGlobalSteps} is reached`};
  }
  if (signal.aborted) {
    const when = progress.globalStep > 0 ? `after step ${progress.globalStep}` : 'before the first step';
    return {status: 'interrupted', reason: `interrupted ${when}`};
  }
  return undefined;
}

/** A checkpoint of the last step, unless its evaluation has already left one. */
async function saveAtEnd(trial: Trial, ending: Ending): Promise<void> {
  const {progress, clock, record} = trial;
  if (ending.status === 'diverged' || progress.globalStep === 0) return;
  if (progress.evaluations.at(-1)?.globalStep === progress.globalStep) return;
  const position = await positionOf(trial);
  await clock.time('logging', () => record.checkpoint(trial, position, undefined));
}
