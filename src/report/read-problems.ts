import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {
  type CheckedTable,
  changesSince,
  type EventRow,
  FILES,
  numbered,
  type RunResult,
  type RunSummary,
  readCheckedTable,
  readMapping,
  resultChange,
} from '../runs/index.js';

/** What a run that is whole has, and what is lost without it. */
const WHOLE: readonly (readonly [file: string, lost: string])[] = [
  [FILES.config, 'its settings are not known'],
  [numbered('meta_data', 0), 'its target and its environment are not known'],
  [FILES.evaluations, 'there is no evaluation yet, or the table is lost'],
  [FILES.measurements, 'there are no training losses yet, or the table is lost'],
  [FILES.schedule, 'the submission has recorded no schedule, or the table is lost'],
  [FILES.events, 'nothing has happened yet, or the file is lost'],
];

/** The files of a run that are not there, and what is lost without them. */
export function missingFiles({path}: RunSummary): string[] {
  const missing = WHOLE.filter(([file]) => !existsSync(join(path, file))).map(
    ([file, lost]) => `${file} is missing: ${lost}`,
  );
  for (const file of [FILES.config, numbered('meta_data', 0)]) {
    const isThere = existsSync(join(path, file));
    if (isThere && !readMapping(path, file)) missing.push(`${file} can't be read: it holds no mapping`);
  }
  return missing;
}

/** That a run which is not at work has no result, or not the one that it wrote. */
export function resultProblems({path, status}: RunSummary, events: readonly EventRow[]): string[] {
  if (status === 'running') return [];
  const change = resultChange(path, events);
  if (change !== undefined) return [change];
  const isOpen = status === 'interrupted' || (status === 'damaged' && !existsSync(join(path, FILES.result)));
  return isOpen ? [`${FILES.result} is missing: the run was interrupted`] : [];
}

/** What of a table is not as a run writes it; of one that is being written the last row may be half there. */
export function tableProblems(
  {damage, isTorn}: Pick<CheckedTable, 'damage' | 'isTorn'>,
  file: string,
  {status}: Pick<RunSummary, 'status'>,
): string[] {
  return [
    ...(damage === null ? [] : [damage]),
    ...(isTorn && status !== 'running' ? [`${file}: its last row is cut off, and left out here`] : []),
  ];
}

/** What was changed since a run was over, by the hashes in its result; of a run without them what can be seen in its files. */
export function changedFiles(run: RunSummary, result: RunResult | undefined, events: readonly EventRow[]): string[] {
  const {path, globalStep} = run;
  const isMissing = (change: string) =>
    WHOLE.some(([file]) => change.startsWith(`${file} `) && !existsSync(join(path, file)));
  const hashed = result?.sha256;
  const changes = hashed ? changesSince(path, hashed).filter((change) => !isMissing(change)) : [];
  const schedule = join(path, FILES.schedule);
  const isWhole = hashed && !changes.some((change) => change.startsWith(`${FILES.schedule} `));
  const isEmptied = !hashed && events.length === 0 && globalStep > 0 && existsSync(join(path, FILES.events));
  return [
    ...changes,
    ...(isWhole ? [] : tableProblems(readCheckedTable(schedule), FILES.schedule, run)),
    ...(isEmptied ? [`${FILES.events} holds no event, and the run has evaluated: its events are lost`] : []),
  ];
}
