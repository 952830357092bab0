import {cpus} from 'node:os';
import {reachesTarget, type TargetRule, targetRuleOf} from '../metrics/index.js';
import type {ReadCheckpoint} from '../runs/index.js';
import {version} from '../support/index.js';
import {type EvaluatedRun, evaluateCheckpoint} from './evaluate-checkpoint.js';
import {type Finding, failed, passedUnless, unchecked} from './findings.js';
import {readKeptCheckpoint} from './load-recorded.js';
import type {RecordedEvaluation, RecordedRun} from './recorded-run.js';

type Metrics = {readonly [name: string]: number};

/**
 * How far a metric may be from the recorded one: relatively, and in examples that may change sides. The same engine on the same processor gives the
 * same bits; other engines differ in the order of their sums, which shows in the sixth digit of a loss.
 */
const TOLERANCES = {
  same: {relative: 1e-6, examples: 0},
  other: {relative: 1e-3, examples: 5},
} as const;

/** A checkpoint that was read, with the row of its evaluation. */
interface Kept {
  readonly checkpoint: ReadCheckpoint;
  readonly row: RecordedEvaluation;
}

/** What reading a run's checkpoints came to. */
export interface ReadCheckpoints {
  readonly checkpoints: readonly ReadCheckpoint[];
  /** That one can't be read. */
  readonly findings: readonly Finding[];
}

/** Reads all checkpoints that a run keeps: as many as its config says, each with its states in memory. */
export function readCheckpoints(run: RecordedRun): ReadCheckpoints {
  const checkpoints: ReadCheckpoint[] = [];
  const findings: Finding[] = [];
  for (const step of run.checkpoints) {
    try {
      checkpoints.push(readKeptCheckpoint(run, step));
    } catch (error) {
      findings.push(failed('evaluations', `the checkpoint of step ${step} can't be read: ${(error as Error).message}`));
    }
  }
  return {checkpoints, findings};
}

/** Evaluates the kept checkpoints again, and compares with the recorded rows. */
export async function checkEvaluations(
  run: RecordedRun,
  checkpoints: readonly ReadCheckpoint[],
  evaluated: EvaluatedRun,
): Promise<Finding[]> {
  const kept = checkpoints.flatMap((checkpoint): Kept[] => {
    const row = run.evaluations.find(({step}) => step === checkpoint.globalStep);
    return row ? [{checkpoint, row}] : [];
  });
  const findings: Finding[] = [];
  for (const {checkpoint, row} of kept) {
    const metrics = await evaluateCheckpoint(evaluated, checkpoint);
    findings.push(...compared(run, {row, metrics}, evaluated));
  }
  if (kept.length === 0) return [unchecked('evaluations', 'the run keeps no checkpoint of an evaluation')];
  return [...findings, ...unprovenTarget(run, kept)];
}

function compared(
  run: RecordedRun,
  {row, metrics}: {readonly row: RecordedEvaluation; readonly metrics: Metrics},
  {options, runtime}: EvaluatedRun,
): Finding[] {
  const isSame = isSameEngine(run, row, runtime.engine.backend);
  const rule = targetRuleOf(options.workload);
  const problems = Object.keys(metrics).flatMap((name) => {
    const isNear = near(row.metrics[name] ?? Number.NaN, metrics[name]!, {
      ...TOLERANCES[isSame ? 'same' : 'other'],
      size: sizeOf(metrics, name),
    });
    return isNear
      ? []
      : [`step ${row.step}: ${name} is ${row.metrics[name]} in the table, and ${metrics[name]} by its checkpoint`];
  });
  const sides = sidesOf(row, metrics, rule).map((side) => (isSame ? failed : unchecked)('evaluations', side));
  const nearly = isSame ? '' : ` but for rounding, on another engine or machine (${runtime.engine.backend})`;
  return [
    ...passedUnless(
      'evaluations',
      problems,
      `step ${row.step}: ${Object.keys(metrics).length} values agree with the checkpoint${nearly}`,
    ),
    ...sides,
  ];
}

/** A value beside the target may agree, and yet be on its other side. */
function sidesOf(row: RecordedEvaluation, metrics: Metrics, rule: TargetRule): string[] {
  return (['validation', 'test'] as const)
    .filter((split) => reachesTarget(row, rule, split) !== reachesTarget({metrics}, rule, split))
    .map((split) => `step ${row.step}: ${split}/${rule.metric} is on the other side of the target by its checkpoint`);
}

function isSameEngine({meta}: RecordedRun, {process}: RecordedEvaluation, backend: string): boolean {
  const {backend: wasBackend, algoperf_ts_version: wasVersion, cpu_model_name: wasProcessor} = meta[process]!;
  return wasBackend === backend && wasVersion === version && wasProcessor === (cpus()[0]?.model ?? 'unknown');
}

/** Examples of a metric's split, where the evaluation counts them. */
function sizeOf(metrics: Metrics, name: string): number | undefined {
  return metrics[`${name.split('/')[0]}/num_examples`];
}

function near(
  found: number,
  expected: number,
  {relative, examples, size}: {readonly relative: number; readonly examples: number; readonly size: number | undefined},
): boolean {
  if (Object.is(found, expected)) return true;
  const ofExamples = size === undefined || Math.abs(expected) > 1 ? 0 : examples / size;
  return (
    Math.abs(found - expected) <=
    Math.max(relative * Math.max(Math.abs(found), Math.abs(expected)), ofExamples * (1 + 1e-9))
  );
}

/** The time to the target rests on one evaluation. */
function unprovenTarget({result}: RecordedRun, kept: readonly Kept[]): Finding[] {
  const step = result?.timeToTarget?.globalStep;
  if (step === undefined || kept.some(({row}) => row.step === step)) return [];
  return [unchecked('evaluations', `no checkpoint of step ${step}, which reached the target, is kept`)];
}
