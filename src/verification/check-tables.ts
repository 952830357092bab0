import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {type Json, recordNames} from '../contract/index.js';
import {type EventRow, FILES, readTable} from '../runs/index.js';
import {count} from '../support/index.js';
import {type Finding, passedUnless, problemsIn} from './findings.js';
import type {RecordedEvaluation, RecordedRun} from './recorded-run.js';

/** Whether the table of evaluations, the measurements and the events say the same. */
export function checkTables(run: RecordedRun): Finding[] {
  const problems = [...orderProblems(run), ...eventProblems(run), ...measurementProblems(run), ...resetProblems(run)];
  return passedUnless(
    'tables',
    problems,
    `${count(run.evaluations.length)} evaluations agree with the measurements and events`,
  );
}

function orderProblems({evaluations}: RecordedRun): string[] {
  return problemsIn(
    evaluations.map(({step, process}, i) => {
      const before = evaluations[i - 1];
      if (!before || (step > before.step && process >= before.process)) return undefined;
      return `${FILES.evaluations}: the row of step ${count(step)} can't follow that of step ${count(before.step)}`;
    }),
  );
}

function eventProblems({evaluations, events}: RecordedRun): string[] {
  const recorded = events.filter(({event}) => event === 'evaluation');
  if (recorded.length !== evaluations.length)
    return [
      `${FILES.evaluations} has ${count(evaluations.length)} evaluations, and ${FILES.events} has ${count(recorded.length)}`,
    ];
  return evaluations.flatMap((row, i) => problemsIn(differencesFrom(row, recorded[i]!)));
}

function differencesFrom(
  row: RecordedEvaluation,
  {event: _, time: __, global_step: step, message = '', ...data}: EventRow,
): (string | undefined)[] {
  if (row.step !== step)
    return [
      `${FILES.evaluations} has an evaluation at step ${count(row.step)} where ${FILES.events} has one at step ${count(step)}`,
    ];
  const value = (name: string): Json => (Number.isFinite(row.metrics[name]) ? row.metrics[name]! : null);
  const names = new Set([...Object.keys(row.metrics), ...Object.keys(data)]);
  const seconds = `(${row.submission.toFixed(1)} s)`;
  return [
    ...[...names].map((name) =>
      value(name) === (data[name] ?? null)
        ? undefined
        : `step ${count(step)}: ${name} is ${value(name)} in ${FILES.evaluations} and ${data[name] ?? null} in ${FILES.events}`,
    ),
    message.endsWith(seconds)
      ? undefined
      : `step ${count(step)}: ${FILES.evaluations} has ${seconds}, and ${FILES.events} says '${message}'`,
  ];
}

function measurementProblems({evaluations, measurements, result}: RecordedRun): string[] {
  const rows = measurements.filter((row) => row.accumulated_submission_time);
  if (rows.length !== evaluations.length)
    return [
      `${FILES.measurements} has ${count(rows.length)} evaluations, and ${FILES.evaluations} has ${count(evaluations.length)}`,
    ];
  const differences = evaluations.flatMap(({step, cells}, i) =>
    Object.entries(cells)
      .filter(([column, text]) => rows[i]![column] !== text)
      .map(
        ([column]) => `step ${count(step)}: ${column} differs between ${FILES.evaluations} and ${FILES.measurements}`,
      ),
  );
  return [...differences, ...scoreProblems(measurements, result)];
}

/** Who writes a result writes its score as the last row of the measurements before. */
function scoreProblems(measurements: RecordedRun['measurements'], result: RecordedRun['result']): string[] {
  if (!result || result.status === 'failed') return [];
  const last = measurements.at(-1);
  const isSame = last?.score === String(result.times.submission) && last.global_step === String(result.globalStep);
  return isSame
    ? []
    : [
        `the last row of ${FILES.measurements} does not have the ${result.times.submission} s of ${FILES.result} as its score`,
      ];
}

const RESETS = `${recordNames.tables.resets}.csv`;

function resetText(step: number | string | undefined, cause: unknown): string {
  return `${count(Number(step))} (${cause})`;
}

/** A submission that keeps a table of its resets tells the same ones as events. */
function resetProblems({path, events}: RecordedRun): string[] {
  const recorded = events
    .filter(({event}) => event === recordNames.events.reset)
    .map(({global_step: step, cause}) => resetText(step, cause));
  if (!existsSync(join(path, RESETS))) return [];
  const kept = readTable(join(path, RESETS)).map(({global_step: step, cause}) => resetText(step, cause));
  const texts = (resets: readonly string[]): string => (resets.length > 0 ? resets.join(', ') : 'none');
  return kept.join() === recorded.join()
    ? []
    : [`${RESETS} has resets at the steps ${texts(kept)}, and ${FILES.events} at ${texts(recorded)}`];
}
