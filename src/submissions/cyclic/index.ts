import type {InitContext, Submission, UpdateContext, UpdateResult} from '../../contract/index.js';
import {cycleAt, planCycles, scheduleOf} from '../../schedules/index.js';
import type {About} from '../named/index.js';
import {budgetStepsOf} from '../run-keys.js';
import {optimizerPart, takeTrainingStep} from '../training-step.js';
import {type CyclicConfig, configSchema, cycleSpecOf} from './config.js';
import {checkCyclicConfig} from './config-problems.js';
import {optimizerOf} from './optimizer.js';
import {givenProblems, loadShapes, ownShapeFiles} from './own-shapes.js';
import {drawing, fromRecord, startOf, toRecord} from './progress.js';
import {modelReinitSchedule, observeEvaluation} from './reinit-schedule.js';
import type {CyclicState} from './state.js';

/**
 * Learning-rate cycles (a warm-up followed by a decay) chained over a run; at the cycles' ends, planned or brought
 * forward by early stopping, model and optimizer are re-initialised or scaled back.
 */
export const cyclic: Submission<CyclicState> & {readonly about: About} = {
  about: {
    summary: "the project's own: cycles of the learning rate, with resets and early stopping between them",
    rule: "any optimizer of the project's, restarted or scaled back at the end of each cycle",
    paper: 'https://arxiv.org/abs/1608.03983',
    ruleset: 'external',
  },
  configSchema,
  checkConfig: checkCyclicConfig,
  userModules: (config: CyclicConfig) => ownShapeFiles(config.schedule),
  checkModules: async (config: CyclicConfig, workload) => {
    const plans = planCycles(cycleSpecOf(config), budgetStepsOf(config.schedule, workload));
    return givenProblems(plans, await loadShapes(config.schedule));
  },
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
  const totalSteps = budgetStepsOf(schedule, workload);
  const progress = saved === undefined ? startOf(planCycles(spec, totalSteps)) : fromRecord(saved);
  const shapes = await loadShapes(schedule);
  const learningRate = scheduleOf(progress.plans, shapes);
  if (saved === undefined) recorder.schedule(drawing(progress, learningRate));
  const state: CyclicState = {
    optimizer,
    spec,
    totalSteps,
    loggedSteps: logging.everySteps,
    resetKey: key,
    progress,
    shapes,
    learningRate,
    ...optimizerPart({workload, model, optimizer, hyperparameters}),
    save: () => toRecord(state.progress),
    describe: (globalStep) => {
      const {plans} = state.progress;
      return `cycle ${cycleAt(plans, globalStep) + 1}/${plans.length}`;
    },
  };
  return state;
}

function updateParams(context: UpdateContext<CyclicState>): UpdateResult {
  const {optimizerState: state, globalStep} = context;
  const {outputs, learningRate} = takeTrainingStep(context, optimizerSteps(context));
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
