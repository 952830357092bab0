import {type Override, withChanges} from '../config/index.js';
import {modulePathsIn, UserError} from '../support/index.js';
import {checkedRun, type LoadedRun, loadParts, type RunOptions, readRunConfig} from '../training/index.js';
import {type EarlyTerminate, judgeOf} from './early-terminate.js';
import {goalOf, metricOf} from './metric.js';
import type {PlannedRun, SweepPlan} from './plan.js';

/** One run of a sweep as plain data: all that another process needs to do it. */
export interface RunOrder {
  readonly name: string;
  readonly experiment: string;
  /** As with `run --workload`. */
  readonly workload: string;
  /** As its folder is called. */
  readonly workloadName: string;
  readonly submission?: string | undefined;
  /** Base config. */
  readonly config?: string | undefined;
  readonly overrides: readonly Override[];
  readonly seed: number;
  readonly earlyTerminate?: EarlyTerminate | undefined;
}

/** What all runs of a sweep are done with: the command line's flags. */
export interface RunMeans extends Pick<RunOptions, 'experimentDir' | 'dataDir' | 'maxGlobalSteps' | 'maxRuntime'> {
  readonly backend: string;
  readonly compile: boolean;
}

/** The run as an order. */
export function orderOf({sweep}: SweepPlan, run: PlannedRun): RunOrder {
  const {name, experiment, workload, submission, overrides, seed} = run;
  const workloadName = run.run.workload.name;
  const order = {name, experiment, workload, workloadName, submission, config: sweep.config, overrides, seed};
  if (!sweep.earlyTerminate) return order;
  const metric = metricOf(sweep.metric?.name, run.run.workload);
  return {...order, earlyTerminate: {rule: sweep.earlyTerminate, metric, goal: goalOf(metric, run.run.workload)}};
}

/** The user's own modules that an order's run is made of, as its config has them now; none where it can't be read. */
export function modulesOfOrder(order: RunOrder): string[] {
  try {
    const {submission, data} = withChanges(readRunConfig(order), order.overrides);
    return modulePathsIn([order.workload, submission, data]);
  } catch (error) {
    // The run itself says what is wrong.
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Loads and checks what an order names. @throws UserError for every error that the user can fix */
export async function loadOrder(order: RunOrder): Promise<LoadedRun> {
  const source = readRunConfig(order);
  return checkedRun(order, withChanges(source, order.overrides), await loadParts(order, source));
}

/** The options of a run that begins or continues, whichever its folder asks for. */
export function optionsOfOrder(
  order: RunOrder,
  run: LoadedRun,
  {means, ...rest}: Pick<RunOptions, 'watcher' | 'confirm' | 'signal'> & {readonly means: RunMeans},
): RunOptions {
  const {experiment, seed, workload, submission, config, earlyTerminate} = order;
  return {
    ...means,
    ...run,
    ...rest,
    experimentName: experiment,
    rngSeed: seed,
    beginOrResume: true,
    judge: judgeOf(order, means.experimentDir),
    flags: {...means, workload, submission, config, experimentName: experiment, rngSeed: seed, earlyTerminate},
  };
}
