import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** An evaluation: seconds, the value of the metric on validation, and the step: ten a second where it is not given. */
export type Row = readonly [seconds: number, value: number | string, step?: number];

/** Writes a table in the form of AlgoPerf's. @returns its path */
export function writeTable(root: string, run: string, metric: string, rows: readonly Row[]): string {
  const folder = join(root, run);
  mkdirSync(folder, {recursive: true});
  const path = join(folder, 'eval_measurements.csv');
  const header = `accumulated_submission_time,global_step,score,validation/${metric}`;
  const lines = rows.map(([seconds, value, step = seconds * 10]) => `${seconds},${step},${seconds},${value}`);
  writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
  return path;
}

/** A folder for a test's files. */
export function scratch(): {readonly path: string; remove(): void} {
  const path = mkdtempSync(join(tmpdir(), 'algoperf-ts-score-'));
  return {path, remove: () => rmSync(path, {recursive: true, force: true})};
}
