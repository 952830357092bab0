import {ChildEndError, runInChild, siblingModule, UserError} from '../support/index.js';
import {type EvaluatedCheckpoint, type EvaluateOptions, evaluateRun} from './evaluate-run.js';
import {type Examined, examineRun, type Verification, verdict} from './examine.js';
import {type Finding, failed} from './findings.js';
import type {LoadOptions} from './load-recorded.js';
import {type SampledText, type SampleOptions, sampleRun} from './sample-run.js';

/** What a fresh process is asked for. */
export type VerificationTask =
  | {readonly kind: 'record' | 'submission'; readonly path: string; readonly options: LoadOptions}
  | {readonly kind: 'evaluate'; readonly path: string; readonly options: EvaluateOptions}
  | {readonly kind: 'sample'; readonly path: string; readonly options: SampleOptions};

/**
 * Verifies a run in a fresh process: reads its folder, evaluates its kept checkpoints with the workload's own code, and compares
 * them with what the run recorded. A user's submission is loaded in a second one, for what it alone can show. With a workload that is a
 * value, which can't be handed to another process, all of it in this one.
 * @param path - the run's folder
 * @throws UserError if there is no such folder, a process is at work in the run, or the engine or the data that it needs is not there
 * @example
 *     const {isOfficial, notOfficialBecause} = await verifyRun('experiments/first/mnist_tfjs/trial_1');
 */
export async function verifyRun(path: string, options: LoadOptions = {}): Promise<Verification> {
  if (typeof options.workload === 'object') return examineRun(path, options);
  const examined = await inFreshProcess<Examined>({kind: 'record', path, options});
  return verdict(path, examined, examined.needsSubmission ? await ofSubmission(path, options) : []);
}

/** A submission can end its process: that is a finding, too. */
async function ofSubmission(path: string, options: LoadOptions): Promise<Finding[]> {
  try {
    return await inFreshProcess<Finding[]>({kind: 'submission', path, options});
  } catch (error) {
    return [failed('schedule', `the submission can't be asked for its schedule: ${(error as Error).message}`)];
  }
}

/** A checkpoint's metrics as a process sends them. */
export interface EvaluatedInText extends Omit<EvaluatedCheckpoint, 'metrics'> {
  readonly metrics: {readonly [name: string]: string};
}

/**
 * Evaluates one checkpoint of a run in a fresh process; else as {@link evaluateRun}.
 * @throws UserError if there is no such checkpoint or split, or something of the run is not there
 */
export async function evaluateRunAfresh(path: string, options: EvaluateOptions = {}): Promise<EvaluatedCheckpoint> {
  if (typeof options.workload === 'object') return evaluateRun(path, options);
  const {metrics, ...evaluated} = await inFreshProcess<EvaluatedInText>({kind: 'evaluate', path, options});
  const numbers = Object.entries(metrics).map(([name, value]) => [name, Number(value)]);
  return {...evaluated, metrics: Object.fromEntries(numbers)};
}

/** Continues a text with a run's model in a fresh process; else as {@link sampleRun}. */
export async function sampleRunAfresh(path: string, options: SampleOptions = {}): Promise<SampledText> {
  if (typeof options.workload === 'object') return sampleRun(path, options);
  return inFreshProcess<SampledText>({kind: 'sample', path, options});
}

async function inFreshProcess<T>(task: VerificationTask): Promise<T> {
  try {
    return await runInChild<T>(siblingModule('verification-process', import.meta.url), task);
  } catch (error) {
    if (!(error instanceof ChildEndError) || !/^SIG/.test(error.end)) throw error;
    const cause =
      'as the system does when memory or CPU time runs out (`ulimit -a` shows its limits), or as native code that crashes';
    throw new UserError(`its process was ended by ${error.end}, ${cause}. ${error.lastWords}`.trim(), {cause: error});
  }
}
