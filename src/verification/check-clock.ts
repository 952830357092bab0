import {FILES} from '../runs/index.js';
import {count} from '../support/index.js';
import type {Saved} from '../training/index.js';
import type {CheckpointMoment} from './check-evaluations.js';
import {type Finding, passedUnless, problemsIn} from './findings.js';
import type {RecordedEvaluation, RecordedRun} from './recorded-run.js';

/**
 * Seconds, and a share of the time, that the run's clock and the wall clock may differ by: a row is written a moment after it is
 * timed.
 */
const SLACK_SECONDS = 1;
const SLACK_SHARE = 0.01;
/** Sums of seconds in another order. */
const ROUNDING = 1e-6;

/**
 * Whether the run's clock is one that can have run so: its parts within the whole, never back, as fast as the wall clock of the
 * events, within the budget, and the same in the checkpoints.
 * @param budgetSeconds - on the submission's clock; undefined: no limit
 */
export function checkClock(
  run: RecordedRun,
  checkpoints: readonly CheckpointMoment[],
  budgetSeconds: number | undefined,
): Finding[] {
  const {evaluations} = run;
  const problems = [
    ...evaluations.flatMap((row, i) => problemsIn(rowProblems(row, evaluations[i - 1], budgetSeconds))),
    ...wallProblems(run),
    ...problemsIn(resultProblems(run, budgetSeconds)),
    ...checkpoints.flatMap((checkpoint) => problemsIn(checkpointProblems(run, checkpoint))),
  ];
  const total = evaluations.at(-1)?.total ?? 0;
  return passedUnless('clock', problems, `${total.toFixed(1)} s agree with the events' wall clock and the checkpoints`);
}

function rowProblems(
  row: RecordedEvaluation,
  before: RecordedEvaluation | undefined,
  budgetSeconds: number | undefined,
): (string | undefined)[] {
  const {step, submission, total, score} = row;
  const parts = partsOf(row) - (before ? partsOf(before) : 0);
  const whole = total - (before?.total ?? 0);
  const goesBack = (['submission', 'evaluation', 'logging', 'total'] as const).find(
    (name) => row[name] < (before?.[name] ?? 0),
  );
  return [
    score === submission
      ? undefined
      : `step ${count(step)}: score is ${score}, and the submission's time ${submission} s`,
    goesBack && `step ${count(step)}: the ${goesBack} time goes back to ${row[goesBack]} s`,
    parts <= whole + ROUNDING
      ? undefined
      : `step ${count(step)}: submission, evaluation and logging took ${parts.toFixed(3)} s of ${whole.toFixed(3)} s`,
    budgetSeconds === undefined || submission < budgetSeconds
      ? undefined
      : `step ${count(step)}: it was evaluated after the budget of ${budgetSeconds} s`,
  ];
}

function partsOf({submission, evaluation, logging}: RecordedEvaluation): number {
  return submission + evaluation + logging;
}

/** The run's clock and the wall clock, between the rows of each process, and up to its first one. */
function wallProblems({meta, events, evaluations}: RecordedRun): string[] {
  const wall = events.filter(({event}) => event === 'evaluation').map(({time}) => Date.parse(time ?? '') / 1000);
  // A run whose clocks disagreed has said so, and is not official.
  const isTold = (process: number) => JSON.stringify(meta[process]!.not_official_because ?? []).includes("run's clock");
  // A process that resumes the run has what the one before it counted after its last evaluation.
  const beforeProcess = (i: number) =>
    i === 0
      ? {at: Date.parse(String(meta[0]!.begun)) / 1000, counted: 0}
      : {at: wall[i - 1]!, counted: evaluations[i - 1]!.total};
  return problemsIn(
    evaluations.map((row, i) => {
      const first = evaluations.findIndex(({process}) => process === row.process);
      if (isTold(row.process) || wall[i] === undefined) return undefined;
      const {at, counted: from} =
        first === i ? beforeProcess(i) : {at: wall[first]!, counted: evaluations[first]!.total};
      return wallProblem(row, {passed: wall[i] - at, counted: row.total - from, isFirst: first === i});
    }),
  );
}

interface Span {
  /** Seconds by the wall clock. */
  readonly passed: number;
  /** Seconds by the run's. */
  readonly counted: number;
  /** Whether it is up to a process's first row: before its clock runs, it does other things, and the run may have been at rest. */
  readonly isFirst: boolean;
}

function wallProblem({step}: RecordedEvaluation, {passed, counted, isFirst}: Span): string | undefined {
  const slack = SLACK_SECONDS + SLACK_SHARE * Math.max(passed, counted);
  const isFar = isFirst ? counted - passed > slack : Math.abs(passed - counted) > slack;
  // NaN is far as well.
  if (!isFar && Number.isFinite(passed)) return undefined;
  return `step ${count(step)}: the run's clock counted ${counted.toFixed(1)} s where ${passed.toFixed(1)} s passed by ${FILES.events}`;
}

function resultProblems({result, evaluations}: RecordedRun, budgetSeconds: number | undefined): (string | undefined)[] {
  const last = evaluations.at(-1);
  if (!result || !last || result.status === 'failed') return [];
  const {submission, evaluation, logging, total} = result.times;
  const overshoot = Math.max(0, submission - (budgetSeconds ?? Number.POSITIVE_INFINITY));
  return [
    ...(['submission', 'evaluation', 'logging', 'total'] as const).map((name) =>
      result.times[name] >= last[name]
        ? undefined
        : `${FILES.result}: ${name} time is less than at the last evaluation`,
    ),
    submission + evaluation + logging <= total + ROUNDING
      ? undefined
      : `${FILES.result}: submission, evaluation and logging take longer than all together`,
    result.overshootSeconds === overshoot
      ? undefined
      : `${FILES.result}: overshootSeconds is ${result.overshootSeconds}, and should be ${overshoot}`,
  ];
}

/** A checkpoint is written right after its evaluation, with the clock as it was then. */
function checkpointProblems(
  {evaluations}: RecordedRun,
  {globalStep, metadata}: CheckpointMoment,
): (string | undefined)[] {
  const {position, evaluated} = metadata as unknown as Saved & {readonly evaluated: boolean};
  const row = evaluations.find(({step}) => step === globalStep);
  const {submission, evaluation, total} = position.times;
  if (position.globalStep !== globalStep)
    return [`the checkpoint of step ${count(globalStep)} is of step ${count(position.globalStep)}`];
  if (!row)
    return evaluated
      ? [`${FILES.evaluations} lacks the evaluation of step ${count(globalStep)}, which the checkpoint has`]
      : [];
  const isSame = evaluated
    ? submission === row.submission && evaluation === row.evaluation && total >= row.total
    : submission <= row.submission && total <= row.total;
  return [
    isSame
      ? undefined
      : `step ${count(globalStep)}: ${row.submission} s on the submission's clock in ${FILES.evaluations}, ${submission} s in the checkpoint`,
  ];
}
