import type {InitContext, Submission, UpdateContext, UpdateResult} from '../../contract/index.js';
import {cycleAt, planCycles, scheduleOf} from '../../schedules/index.js';
import {gradientSteps} from '../gradient-step.js';
import {budgetStepsOf, type CyclicConfig, configSchema, cycleSpecOf} from './config.js';
import {checkCyclicConfig} from './config-problems.js';
import {optimizerOf} from './optimizer.js';
import {checkEdges, loadShapes, ownShapeFiles} from './own-shapes.js';
import {drawing, fromRecord, startOf, toRecord} from './progress.js';
import {modelReinitSchedule, observeEvaluation} from './reinit-schedule.js';
import type {CyclicState} from './state.js';

/**
 * Learning-rate cycles (a warm-up followed by a decay) chained over a run; at the cycles' ends, planned or brought
 * forward by early stopping, model and optimizer are re-initialised or scaled back.
 */
export const cyclic: Submission<CyclicState> = {
  configSchema,
  checkConfig: checkCyclicConfig,
  userModules: (config: CyclicConfig) => ownShapeFiles(config.schedule),
  getBatchSize: (workload, config: CyclicConfig) => config.batchSize ?? workload.batchSize,
  initOptimizerState,
  updateParams,
  dataSelection: ({inputQueue}) => inputQueue.next(),
};

async function initOptimizerState(context: InitContext): Promise<CyclicState> {
  const {workload, model, config, key, recorder, saved} = context;
  const {hyperparameters, logging, schedule} = config as CyclicConfig;
  const optimizer = optimizerOf(hyperparameters);
  const spec = cycleSpecOf(config);
  const totalSteps = budgetStepsOf(config, workload);
  const progress = saved === undefined ? startOf(planCycles(spec, totalSteps)) : fromRecord(saved);
  const shapes = await loadShapes(schedule);
  const learningRate = scheduleOf(progress.plans, shapes);
  checkEdges(learningRate, progress.plans);
  if (saved === undefined) recorder.schedule(drawing(progress, learningRate));
  const {dropoutRate, labelSmoothing, gradClip} = hyperparameters;
  const {entries, entryOf} = gradientSteps({workload, optimizer, dropoutRate, labelSmoothing, gradClip});
  const state: CyclicState = {
    optimizer,
    spec,
    totalSteps,
    loggedSteps: logging.everySteps,
    resetKey: key,
    progress,
    shapes,
    learningRate,
    init: () => optimizer.init(model.params, workload.paramTypes),
    entries,
    entryOf,
    evalParams: optimizer.evalParams && ((kept, params) => optimizer.evalParams!(kept, params, workload.paramTypes)),
    save: () => toRecord(state.progress),
    describe: (globalStep) => {
      const {plans} = state.progress;
      return `cycle ${cycleAt(plans, globalStep) + 1}/${plans.length}`;
    },
  };
  return state;
}

function updateParams(context: UpdateContext<CyclicState>): UpdateResult {
  const {program, optimizerState: state, batch, globalStep, key, recorder} = context;
  const learningRate = state.learningRate(globalStep);
  const isLogged = globalStep === 0 || (globalStep + 1) % state.loggedSteps === 0;
  const entry = state.entryOf({count: optimizerSteps(context), isLogged});
  const outputs = program.run(entry, {batch, learningRate, key, step: globalStep});
  if (isLogged) recorder.scalars(globalStep + 1, {loss: outputs.number('loss'), grad_norm: outputs.number('gradNorm')});
  modelReinitSchedule(context);
  observeEvaluation(context);
  return {loss: () => outputs.number('loss'), learningRate, trainingComplete: globalStep + 1 >= state.totalSteps};
}

/** Steps since the optimizer was last made: a boundary's step is the last of the cycle that ends there. */
function optimizerSteps({optimizerState, config, globalStep}: UpdateContext<CyclicState>): number {
  const {numResets, lastReset} = optimizerState.progress;
  const isMadeAgain = (config as CyclicConfig).reset.method === 'reinit' && numResets > 0;
  return isMadeAgain ? globalStep - lastReset - 1 : globalStep;
}
