import type {ConfigProblem, Workload} from '../../contract/index.js';
import {type CycleSpec, problemsOf} from '../../schedules/index.js';
import {count} from '../../support/index.js';
import {budgetStepsOf, lengthProblems} from '../run-keys.js';
import {shapeOptionProblems} from '../shape-keys.js';
import {type CyclicConfig, cycleSpecOf} from './config.js';
import {optimizerProblems} from './optimizer.js';
import {ownShapeProblems} from './own-shapes.js';

/** A checkpoint holds all of them, and each reset writes one. */
const MOST_CYCLES = 10_000;

/** Where in the file the problems of a cycle spec stand. */
const PATHS = {
  learningRate: ['hyperparameters', 'learning_rate'],
  warmupFactor: ['hyperparameters', 'warmup_factor'],
  warmupScheduleFns: ['schedule', 'warmup_schedule_fns'],
  decayScheduleFns: ['schedule', 'decay_schedule_fns'],
  alterDecays: ['schedule', 'alter_decays'],
  alterWarmups: ['schedule', 'alter_warmups'],
  warmupOptions: ['schedule', 'warmup_options'],
  decayOptions: ['schedule', 'decay_options'],
  cycleLengths: ['schedule', 'cycle_lengths'],
  budgetSteps: ['schedule', 'budget_steps'],
} as const;

/**
 * All that the schema can't see: the lists together, the cycles over the run's steps, what the workload lacks. Of a config in
 * which keys are missing, what the others tell.
 */
export function checkCyclicConfig(config: CyclicConfig, workload: Workload): ConfigProblem[] {
  return [
    ...lengthProblems(config.schedule, workload),
    ...cycleProblems(config, workload),
    ...ownShapeProblems(config.schedule),
    ...optionProblems(config.schedule),
    ...optimizerProblems(config.hyperparameters),
    ...dropoutProblems(config, workload),
  ];
}

function cycleProblems(config: CyclicConfig, workload: Workload): ConfigProblem[] {
  const spec: Partial<CycleSpec> = cycleSpecOf(config);
  const cycles = spec.alterDecays?.length ?? 0;
  if (cycles > MOST_CYCLES) {
    const message = `at most ${count(MOST_CYCLES)} cycles are allowed, found ${count(cycles)}`;
    return [{path: PATHS.alterDecays, message}];
  }
  return problemsOf(spec, budgetStepsOf(config.schedule, workload)).map(({path, message}) => ({
    path: [...pathOf(path[0], config.schedule), ...(path[1] === undefined ? [] : [path[1]])],
    message,
  }));
}

function optionProblems(schedule: Partial<CyclicConfig['schedule']>): ConfigProblem[] {
  const {warmupScheduleFns = [], decayScheduleFns = [], warmupOptions, decayOptions} = schedule;
  return [
    ...warmupScheduleFns.flatMap((name, i) =>
      shapeOptionProblems({kind: 'warmup', name, options: warmupOptions?.[i], path: [...PATHS.warmupOptions, i]}),
    ),
    ...decayScheduleFns.flatMap((name, i) =>
      shapeOptionProblems({kind: 'decay', name, options: decayOptions?.[i], path: [...PATHS.decayOptions, i]}),
    ),
  ];
}

function dropoutProblems({hyperparameters}: CyclicConfig, workload: Workload): ConfigProblem[] {
  if (workload.hasDropout || !((hyperparameters.dropoutRate ?? 0) > 0)) return [];
  const message = `the model of workload '${workload.name}' has no dropout; leave it out or set it to 0`;
  return [{path: ['hyperparameters', 'dropout_rate'], message}];
}

function pathOf(name: keyof typeof PATHS, schedule: CyclicConfig['schedule']): readonly string[] {
  const isOfHints = schedule.budgetSteps === undefined && schedule.budgetStepHints !== undefined;
  if (name === 'budgetSteps' && isOfHints) return ['schedule', 'budget_step_hints'];
  return PATHS[name];
}
