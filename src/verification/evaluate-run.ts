import {bestEvaluation, splitsOf, targetRuleOf} from '../metrics/index.js';
import {type ReadCheckpoint, readCheckpointAt} from '../runs/index.js';
import {closestName, UserError} from '../support/index.js';
import type {RunOptions} from '../training/index.js';
import {evaluateCheckpoint} from './evaluate-checkpoint.js';
import type {ExamineOptions} from './examine.js';
import {inRuntime, type LoadOptions, loadWithoutSubmission, withOwnCodeRemedy} from './load-recorded.js';
import {type RecordedRun, readRecorded} from './recorded-run.js';

/** Which checkpoint is evaluated, and on what. */
export interface EvaluateOptions extends LoadOptions {
  /** `best`: of the evaluation with the best validation metric; `last`: the latest; or of a step. Default `best`. */
  readonly checkpoint?: 'best' | 'last' | number | undefined;
  /** `train`, `validation`, `test`; default: all that the workload has. */
  readonly splits?: readonly string[] | undefined;
}

/** What a checkpoint was measured as. */
export interface EvaluatedCheckpoint {
  /** The run's folder. */
  readonly path: string;
  readonly globalStep: number;
  readonly backend: string;
  /** By `split/name`. */
  readonly metrics: {readonly [name: string]: number};
}

/**
 * Evaluates one checkpoint of a run in this process, as the workload does.
 * @param path - the run's folder
 * @throws UserError if there is no such checkpoint or split, or something of the run is not there
 */
export function evaluateRun(
  path: string,
  options: EvaluateOptions & ExamineOptions = {},
): Promise<EvaluatedCheckpoint> {
  return withOwnCodeRemedy(options, () => evaluated(path, options));
}

async function evaluated(path: string, options: EvaluateOptions & ExamineOptions): Promise<EvaluatedCheckpoint> {
  const run = readRecorded(path);
  const {load = (work) => work(), splits} = options;
  const loaded = await load(() => loadWithoutSubmission(run, options));
  requireSplits(splits, loaded);
  const checkpoint = checkpointOf(run, loaded, options.checkpoint ?? 'best');
  const {globalStep} = checkpoint;
  return inRuntime(loaded, async (runtime) => {
    const metrics = await evaluateCheckpoint({runtime, options: loaded, splits}, checkpoint);
    return {path, globalStep, backend: runtime.engine.backend, metrics};
  });
}

function requireSplits(splits: readonly string[] = [], {workload}: RunOptions): void {
  const known = splitsOf(workload);
  for (const split of splits) {
    if (known.some((each) => each === split)) continue;
    const close = closestName(split, known);
    const hint = close ? ` Did you mean \`${close}\`?` : '';
    throw new UserError(`--split: ${workload.name} has no split '${split}'.${hint} There are: ${known.join(', ')}.`);
  }
}

/** @throws UserError if the run is one of another workload, or there is no such checkpoint, or it can't be read */
export function checkpointOf(run: RecordedRun, options: RunOptions, wanted: 'best' | 'last' | number): ReadCheckpoint {
  const {'workload.name': trained} = run.meta[0]!;
  if (trained !== options.workload.name)
    throw new UserError(`--workload: ${run.path} is a run of ${trained}, not of ${options.workload.name}`);
  return readOrRefuse(run, stepOf(run, options, wanted));
}

function stepOf(run: RecordedRun, {workload}: RunOptions, wanted: 'best' | 'last' | number): number {
  const steps = run.checkpoints;
  if (steps.length === 0) throw new UserError(`${run.path}: the run keeps no checkpoint`);
  if (wanted === 'last') return steps.at(-1)!;
  const target = targetRuleOf(workload);
  const kept = run.evaluations.filter(({step}) => steps.includes(step));
  const found = wanted === 'best' ? bestEvaluation(kept, target)?.step : wanted;
  if (found !== undefined && steps.includes(found)) return found;
  const left = `kept are those of the steps ${steps.join(', ')}`;
  // The best one may not have been asked for: it is the default.
  if (wanted === 'best')
    throw new UserError(
      `${run.path}: there is no best checkpoint, since no step that has one was evaluated for ${target.metric}; ${left}: choose one by --checkpoint last, or by its step`,
    );
  throw new UserError(`--checkpoint: there is no checkpoint of step ${wanted} in ${run.path}; ${left}`);
}

function readOrRefuse(run: RecordedRun, globalStep: number): ReadCheckpoint {
  try {
    return readCheckpointAt(run.path, globalStep);
  } catch (cause) {
    throw new UserError(
      `${run.path}: the checkpoint of step ${globalStep} can't be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}
