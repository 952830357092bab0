import {cpus} from 'node:os';
import type {EngineInfo} from '../engine/index.js';
import {reachesTarget, type TargetRule, targetRuleOf} from '../metrics/index.js';
import {type FileHashes, type ReadCheckpoint, readCheckpointAt} from '../runs/index.js';
import {count, UserFunctionError, version} from '../support/index.js';
import type {Saved} from '../training/index.js';
import {type EvaluatedRun, evaluateCheckpoint} from './evaluate-checkpoint.js';
import {type Finding, failed, OWN_CODE_REMEDY, passedUnless, unchecked} from './findings.js';
import type {RecordedEvaluation, RecordedRun} from './recorded-run.js';

type Metrics = {readonly [name: string]: number};

/**
 * How far a metric may be from the recorded one: relatively, and in examples that may change sides. The same engine on the same
 * processor gives the same bits; other engines differ in the order of their sums, which shows in the sixth digit of a loss.
 */
const TOLERANCES = {
  same: {relative: 1e-6, examples: 0},
  other: {relative: 1e-3, examples: 5},
} as const;

/** What a checkpoint says of its moment. */
export type CheckpointMoment = Pick<ReadCheckpoint, 'globalStep' | 'metadata'>;

/** What the checkpoints came to. */
export interface CheckedEvaluations {
  readonly findings: readonly Finding[];
  /** Of the checkpoints that could be read. */
  readonly moments: readonly CheckpointMoment[];
}

/** What is evaluated again: steps of which there are checkpoints, and what was measured at them. */
export interface CheckedRun extends Pick<RecordedRun, 'path' | 'meta' | 'checkpoints' | 'result'> {
  readonly evaluations: readonly MeasuredStep[];
  /** The SHA-256 of the checkpoints by the files' names; default: what is there counts. */
  readonly sums?: FileHashes;
}

/** What was measured at a step, and by which process. */
type MeasuredStep = Pick<RecordedEvaluation, 'step' | 'process' | 'metrics'>;

/** Evaluates the kept checkpoints again, one after the other, and compares with the recorded rows. */
export async function checkEvaluations(run: CheckedRun, evaluated: EvaluatedRun): Promise<CheckedEvaluations> {
  const findings: Finding[] = [];
  const moments: CheckpointMoment[] = [];
  const proven: number[] = [];
  for (const step of run.checkpoints) {
    const checkpoint = readOrFailed(run, step);
    if ('outcome' in checkpoint) {
      findings.push(checkpoint);
      continue;
    }
    moments.push({globalStep: step, metadata: checkpoint.metadata});
    const row = run.evaluations.find((each) => each.step === step);
    if (!row) continue;
    findings.push(...(await evaluatedAgain(run, {row, checkpoint}, evaluated)));
    proven.push(step);
  }
  const missing = proven.length === 0 ? [unchecked('evaluations', 'the run keeps no checkpoint of an evaluation')] : [];
  return {findings: [...findings, ...missing, ...unprovenTarget(run, proven)], moments};
}

function readOrFailed(run: CheckedRun, step: number): ReadCheckpoint | Finding {
  try {
    const checkpoint = readCheckpointAt(run.path, step, run.sums);
    const {position} = Object(checkpoint.metadata) as Partial<Saved>;
    if (typeof position?.times?.submission === 'number') return checkpoint;
    throw new Error('it does not say at which moment of the run it was made');
  } catch (error) {
    return failed('evaluations', `the checkpoint of step ${count(step)} can't be read: ${(error as Error).message}`);
  }
}

/** A checkpoint that was changed may be of another form than the model: whatever is thrown then is a finding. */
async function evaluatedAgain(
  run: CheckedRun,
  {row, checkpoint}: {readonly row: MeasuredStep; readonly checkpoint: ReadCheckpoint},
  evaluated: EvaluatedRun,
): Promise<Finding[]> {
  try {
    return compared(run, {row, metrics: await evaluateCheckpoint(evaluated, checkpoint)}, evaluated);
  } catch (error) {
    const message = `the checkpoint of step ${count(row.step)} can't be evaluated: ${(error as Error).message}`;
    // The run's own code may read files that the run does not keep.
    if (error instanceof UserFunctionError) return [unchecked('evaluations', `${message}; ${OWN_CODE_REMEDY}`)];
    return [failed('evaluations', message)];
  }
}

function compared(
  run: CheckedRun,
  {row, metrics}: {readonly row: MeasuredStep; readonly metrics: Metrics},
  {options, runtime}: EvaluatedRun,
): Finding[] {
  const {backend} = runtime.engine;
  const isSame = isSameEngine(run, row, runtime.engine);
  const names = Object.keys(metrics);
  const far = names.filter((name) => !isNear(name, {row, metrics, ...TOLERANCES[isSame ? 'same' : 'other']}));
  const problems = far.map(
    (name) =>
      `step ${count(row.step)}: ${name} is ${row.metrics[name]} in the table, and ${metrics[name]} by its checkpoint`,
  );
  const nearly = isSame ? '' : ` but for rounding, on another engine or machine (${backend})`;
  const agreement = `step ${count(row.step)}: ${names.length} values agree with the checkpoint${nearly}`;
  const sides = sidesOf(row, metrics, targetRuleOf(options.workload));
  return [
    ...passedUnless('evaluations', problems, agreement),
    ...sides.map((side) => (isSame ? failed : unchecked)('evaluations', side)),
  ];
}

/** A value beside the target may agree, and yet be on its other side. */
function sidesOf(row: MeasuredStep, metrics: Metrics, rule: TargetRule): string[] {
  return (['validation', 'test'] as const)
    .filter((split) => reachesTarget(row, rule, split) !== reachesTarget({metrics}, rule, split))
    .map(
      (split) =>
        `step ${count(row.step)}: ${split}/${rule.metric} is on the other side of the target by its checkpoint`,
    );
}

function isSameEngine({meta}: CheckedRun, {process}: MeasuredStep, engine: EngineInfo): boolean {
  const {backend, device = engine.device, ...was} = meta[process]!;
  if (backend !== engine.backend || device !== engine.device) return false;
  return was.algoperf_ts_version === version && was.cpu_model_name === (cpus()[0]?.model ?? 'unknown');
}

interface Comparison {
  readonly row: MeasuredStep;
  readonly metrics: Metrics;
  readonly relative: number;
  readonly examples: number;
}

function isNear(name: string, {row, metrics, relative, examples}: Comparison): boolean {
  const [found, expected] = [row.metrics[name] ?? Number.NaN, metrics[name]!];
  if (Object.is(found, expected)) return true;
  // Where the evaluation counts the examples of its split, a share of them may change sides.
  const size = metrics[`${name.split('/')[0]}/num_examples`];
  const ofExamples = size === undefined || Math.abs(expected) > 1 ? 0 : (examples * (1 + 1e-9)) / size;
  const ofValue = relative * Math.max(Math.abs(found), Math.abs(expected));
  return Math.abs(found - expected) <= Math.max(ofValue, ofExamples);
}

/** Each time to a target rests on one evaluation. */
function unprovenTarget({result}: CheckedRun, proven: readonly number[]): Finding[] {
  const marks = [result?.timeToTarget, result?.timeToTestTarget].flatMap((mark) => mark?.globalStep ?? []);
  return [...new Set(marks)]
    .filter((step) => !proven.includes(step))
    .map((step) => unchecked('evaluations', `no checkpoint of step ${count(step)}, which reached the target, is kept`));
}
