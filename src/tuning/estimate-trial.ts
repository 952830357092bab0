import {UserError} from '../support/index.js';
import {closeRuntime, type Estimate, estimateRun, openRuntime} from '../training/index.js';
import type {TuningPlan} from './plan.js';
import {optionsOf, type TrialsOptions} from './trial-options.js';

/**
 * How long one trial of a plan takes, by some of its steps: the first one that is not refused. Nothing is written.
 * @throws UserError if the engine or the data is not there
 */
export async function estimateTrial(plan: TuningPlan, options: TrialsOptions): Promise<Estimate> {
  const trial = plan.trials.find(({run}) => !(run instanceof UserError)) ?? plan.trials[0]!;
  const run = optionsOf(plan, trial, options);
  const runtime = await openRuntime(run, run.submission.getBatchSize(run.workload, run.loaded.config));
  try {
    options.watcher.engine(runtime.engine);
    return await estimateRun(runtime, run);
  } finally {
    await closeRuntime(runtime);
  }
}
