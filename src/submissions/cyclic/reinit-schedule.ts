import {type NdArray, recordNames, type Tree, type UpdateContext} from '../../contract/index.js';
import {foldIn} from '../../engine/index.js';
import {targetRuleOf} from '../../metrics/index.js';
import {boundariesOf, cycleAt, replan, scheduleOf} from '../../schedules/index.js';
import {DivergedError} from '../../support/index.js';
import type {CyclicConfig} from './config.js';
import {drawing, type Progress} from './progress.js';
import {
  allFinite,
  multiplied,
  multipliedCheck,
  nearnessToTarget,
  type ResetFactors,
  reinitialised,
  reinitialisedCheck,
} from './reset.js';
import type {CyclicState} from './state.js';
import {CAUSES_IN_WORDS, causeToStop, emptyStopMetric, observeLoss, type StopCause} from './stopping.js';

type Context = UpdateContext<CyclicState>;

/**
 * Ends a cycle if this step is its boundary or a new evaluation says so: re-plans what is left where the end was brought
 * forward, resets the model and the optimizer, and clears the stop metric for the cycle that begins.
 * @throws DivergedError if the loss is not finite and neither a later cycle nor a reset can recover from that
 */
export function modelReinitSchedule(context: Context): void {
  const {optimizerState: state, config, globalStep} = context;
  const isPlanned = isBoundary(state.progress, globalStep);
  // An evaluation that falls on the boundary is of the cycle that ends: the last that its reset can know.
  if (isPlanned) observeEvaluation(context);
  const {progress} = state;
  if (!progress.stopMetric.fresh && !progress.currentlyStopping && !isPlanned) return;
  const stop = causeToStop(progress.stopMetric, (config as CyclicConfig).earlyStopping);
  state.progress = {...progress, currentlyStopping: false, stopMetric: {...progress.stopMetric, fresh: false}};
  if (isPlanned) reset(context, 'boundary');
  else if (stop !== undefined && isInLastCycle(progress, globalStep)) noteLastCycle(context, stop);
  else if (stop !== undefined) {
    bringForward(context, stop);
    reset(context, stop);
  }
}

function isInLastCycle({plans}: Progress, globalStep: number): boolean {
  return globalStep >= plans.at(-1)!.start;
}

function isBoundary(progress: Progress, globalStep: number): boolean {
  const cycle = cycleAt(progress.plans, globalStep);
  return cycle > 0 && progress.plans[cycle]!.start === globalStep;
}

function bringForward({optimizerState: state, globalStep, recorder}: Context, cause: StopCause): void {
  const cycle = cycleAt(state.progress.plans, globalStep) + 1;
  const plans = replan(state.progress.plans, state.spec, globalStep, state.totalSteps);
  const numEarlyStops = state.progress.numEarlyStops + 1;
  const earlyStops = [...state.progress.earlyStops, {cycle, cause}];
  state.progress = {...state.progress, plans, numEarlyStops, earlyStops, currentlyStopping: true};
  state.learningRate = scheduleOf(plans, state.shapes);
  state.progress = {...state.progress, plotNumber: recorder.schedule(drawing(state.progress, state.learningRate))};
  recorder.event(globalStep, {
    name: recordNames.events.earlyStop,
    message: `cycle ${cycle} of ${plans.length} stopped early at step ${globalStep}: ${CAUSES_IN_WORDS[cause]}`,
    data: {cause, cycle, reinit_times: boundariesOf(plans)},
  });
}

/** Nothing is left to share in the last cycle: the run continues as planned, unless its numbers are no longer finite. */
function noteLastCycle({workload, optimizerState: state, globalStep, recorder}: Context, cause: StopCause): void {
  if (cause === 'diverged') {
    throw new DivergedError(
      `the validation ${workload.lossMetric} became NaN or infinite in the last cycle (noticed at step ${globalStep})`,
    );
  }
  if (state.progress.lastCycleNoted) return;
  state.progress = {...state.progress, lastCycleNoted: true};
  recorder.event(globalStep, {
    name: recordNames.events.earlyStopIgnored,
    message: `the last cycle met the condition to stop (${cause}) at step ${globalStep}; no cycle is left, so nothing changes`,
    data: {cause},
  });
}

function reset(context: Context, cause: 'boundary' | StopCause): void {
  const {config, optimizerState: state, globalStep, recorder} = context;
  const {method} = (config as CyclicConfig).reset;
  const began = performance.now();
  const {progress} = state;
  recordLosses(context);
  const factors = applyReset(context, cause);
  if (factors?.params === 0 && progress.resetMetric.factors?.params !== 0) warnOfZeros(context);
  state.progress = {
    ...progress,
    numResets: progress.numResets + 1,
    stopMetric: emptyStopMetric,
    resetMetric: {...progress.resetMetric, factors},
    lastReset: globalStep,
  };
  recorder.row(recordNames.tables.resets, globalStep, {
    cause,
    method,
    params_factor: factors?.params ?? '',
    moments_factor: factors?.moments ?? '',
    num_early_stops: progress.numEarlyStops,
    plot: progress.plotNumber,
    seconds: (performance.now() - began) / 1000,
  });
  recorder.event(globalStep, {
    name: recordNames.events.reset,
    message: `reset at step ${globalStep} (${cause}): ${describeMethod(method, factors)}`,
    data: {cause, cycle: progress.numResets + 1, method, factors: factors && {...factors}},
  });
}

/** Several resets in a row that multiply by 0 have one warning. */
function warnOfZeros({workload, config, optimizerState: {progress}, globalStep, recorder}: Context): void {
  const {value} = progress.resetMetric;
  const {perturb = 0} = (config as CyclicConfig).reset;
  const left = perturb === 0 ? 'are all 0 from here on' : `are ${perturb} times those of a fresh model`;
  const trains = perturb === 0 ? '; a model of zeros hardly learns anything' : '';
  const metric = `the validation ${workload.target.metric}`;
  const why = value === null ? `${metric} is NaN or infinite, or not known yet` : `${metric} is ${value}`;
  recorder.event(globalStep, {
    name: recordNames.events.zeroedModel,
    message:
      `reset at step ${globalStep}: reset.method multiply multiplies the parameters by how near the target is, and ${why}: they ` +
      `${left}${trains}. Use reset.method reinit or none,${perturb === 0 ? ' set reset.perturb,' : ''} or make the cycles long enough for ` +
      'that value to rise',
    data: {value},
  });
}

/** Does what the method says to the program's state and checks what came of it. */
function applyReset(
  {program, workload, config, optimizerState: state, globalStep}: Context,
  cause: string,
): ResetFactors | null {
  const {method, alpha, perturb = 0} = (config as CyclicConfig).reset;
  if (method === 'none' && cause !== 'diverged') return null;
  const before = program.leaves();
  const drawModel = () => workload.initModel(foldIn(state.resetKey, state.progress.numResets));
  const {resets} = state.optimizer;
  const optimizer = {resets, init: (model: Tree<NdArray>) => state.optimizer.init(model, workload.paramTypes)};
  if (method === 'reinit') {
    const fresh = drawModel();
    const check = reinitialisedCheck(before.params, fresh.params, optimizer);
    program.write(reinitialised(fresh, optimizer));
    check(program.leaves());
    return null;
  }
  if (!allFinite(before.params)) {
    throw new DivergedError(
      `at step ${globalStep} parameters are NaN or infinite, which reset.method '${method}' keeps`,
    );
  }
  if (method === 'none') return null;
  const {validation, goal} = targetRuleOf(workload);
  const params = nearnessToTarget(state.progress.resetMetric.value ?? Number.NaN, validation, goal);
  const factors = {params, moments: alpha * params};
  const perturbation = perturb === 0 ? undefined : {share: perturb, fresh: drawModel().params};
  const multiplication = {factors, perturbation, optimizer};
  const check = multipliedCheck(before, multiplication);
  program.write(multiplied(before, multiplication));
  check(program.leaves());
  return factors;
}

/** The smoothed losses of the cycle that ends here. */
function recordLosses({optimizerState: {progress}, globalStep, recorder}: Context): void {
  progress.stopMetric.losses.forEach((loss, i) => {
    recorder.row(recordNames.tables.losses, globalStep, {
      cycle: progress.numResets + 1,
      evaluation: i + 1,
      smoothed_loss: loss,
    });
  });
}

/**
 * Takes in the latest evaluation if it is new. One of the model before the last reset says nothing of the current cycle:
 * it only moves the reset metric.
 */
export function observeEvaluation({workload, config, optimizerState: state, evalResults}: Context): void {
  const latest = evalResults.at(-1);
  const {progress} = state;
  if (!latest || latest.globalStep <= progress.lastEvaluation) return;
  const value = latest.metrics[`validation/${workload.target.metric}`] ?? Number.NaN;
  const loss = latest.metrics[`validation/${workload.lossMetric}`] ?? Number.NaN;
  const {smoothing} = (config as CyclicConfig).earlyStopping;
  const isOfThisCycle = latest.globalStep > progress.lastReset;
  state.progress = {
    ...progress,
    lastEvaluation: latest.globalStep,
    resetMetric: {...progress.resetMetric, value: Number.isFinite(value) ? value : null},
    stopMetric: isOfThisCycle ? observeLoss(progress.stopMetric, loss, smoothing) : progress.stopMetric,
  };
}

function describeMethod(method: string, factors: ResetFactors | null): string {
  if (method === 'reinit') return 'parameters, model state and optimizer re-initialised';
  if (factors === null) return 'parameters and moments stay';
  return `parameters times ${factors.params.toPrecision(4)}, moments times ${factors.moments.toPrecision(4)}`;
}
