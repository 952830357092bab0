import {existsSync} from 'node:fs';
import {join, relative} from 'node:path';
import {
  findFolders,
  type Lock,
  type LockOptions,
  parseRecords,
  parseRunPath,
  readResult,
  SWEEP_TABLE,
  takeLock,
} from '../runs/index.js';
import {counted, makeFolder, onDisk, readWholeText, UserError} from '../support/index.js';
import {absent, ChangedRunError, type Standing, silentWatcher, standingOf} from '../training/index.js';
import {optionsOfOrder, orderOf, type RunMeans} from './order.js';
import type {PlannedRun, SweepPlan} from './plan.js';
import {type RunState, stateOfRun} from './results.js';
import {pathOfOrder, type RecordedRun, writeSweepRecord} from './sweep-record.js';

/** A planned run and how far it has come. */
export interface FoundRun {
  readonly run: PlannedRun;
  readonly standing: Standing;
}

/** What is in a sweep's folder. */
export interface FoundSweep {
  readonly folder: string;
  readonly runs: readonly FoundRun[];
  /** Experiments of the folder that are none of the sweep's any more. */
  readonly vanished: readonly string[];
  /** Runs that `sweep.csv` has as begun, and whose folders are gone. */
  readonly removed: readonly string[];
}

/**
 * How far the runs of a sweep have come. Nothing is written.
 * @throws UserError if some were started with another config, seed, code or data
 */
export function findSweep(plan: SweepPlan, means: RunMeans): FoundSweep {
  const folder = join(means.experimentDir, plan.sweep.name);
  const problems: string[] = [];
  const isNew = !existsSync(folder);
  const runs = plan.runs.flatMap((run) => {
    if (isNew) return [{run, standing: absent}];
    try {
      return [{run, standing: findRun(plan, run, means)}];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error instanceof ChangedRunError ? error.difference : error.message);
      return [];
    }
  });
  if (problems.length > 0) throw changedSweep(folder, problems);
  return {folder, runs, vanished: vanishedFrom(plan, means), removed: removedFrom(folder, runs)};
}

/**
 * How far one run has come. Nothing is written.
 * @throws UserError if it was started with another config, seed, code or data
 */
export function findRun(plan: SweepPlan, run: PlannedRun, means: RunMeans): Standing {
  const {signal} = new AbortController();
  return standingOf(optionsOfOrder(orderOf(plan, run), run.run, {means, watcher: silentWatcher, signal}));
}

/** What differs in a run from what it was started with, and what can be done in a sweep. */
export function changedInSweep({difference}: ChangedRunError): string {
  return `${difference}\n${remedy(1)}`;
}

function remedy(runs: number): string {
  const [they, them] = runs === 1 ? ['it was', 'it'] : ['they were', 'them'];
  return `Give the sweep another \`name\`, bring back what ${they} started with, or remove ${them}: algoperf-ts runs delete`;
}

function changedSweep(folder: string, problems: readonly string[]): UserError {
  const [first] = problems;
  const others = problems.length > 1 ? `\n(and ${counted(problems.length - 1, 'more run')})` : '';
  return new UserError(
    `${folder}: runs of this sweep were started with other settings, code or data:\n${first}${others}\n${remedy(problems.length)}`,
  );
}

function vanishedFrom({sweep, runs}: SweepPlan, {experimentDir}: RunMeans): string[] {
  if (!existsSync(join(experimentDir, sweep.name))) return [];
  const planned = new Set(runs.map(({experiment}) => experiment));
  const found = findFolders(experimentDir, sweep.name).runs.map(
    (path) => parseRunPath(relative(experimentDir, path))!.experiment,
  );
  return [...new Set(found)].filter((experiment) => !planned.has(experiment)).sort();
}

function removedFrom(folder: string, runs: readonly FoundRun[]): string[] {
  const table = join(folder, SWEEP_TABLE);
  if (!existsSync(table)) return [];
  const [header = [], ...rows] = parseRecords(
    onDisk(table, () => readWholeText(table)),
    table,
  );
  const column = (name: string): number => header.indexOf(name);
  // One that failed before its first step may have had no folder.
  const isBegun = (row: readonly string[]): boolean =>
    row[column('status')] !== 'new' && !(row[column('status')] === 'failed' && row[column('global_step')] === '0');
  const begun = rows.filter(isBegun).map((row) => `${row[column('name')]} ${row[column('workload')]}`);
  const isAbsent = ({run, standing}: FoundRun): boolean =>
    standing.state === 'absent' && begun.includes(`${run.name} ${run.run.workload.name}`);
  return runs.filter(isAbsent).map(({run}) => run.experiment);
}

/** A run by its name, and how far it is. */
export interface RecordedRow extends RunState {
  readonly name: string;
  readonly path: string;
}

/** How far recorded runs are. */
export function recordedRows(runs: readonly RecordedRun[], experimentDir: string): RecordedRow[] {
  return runs.map((run) => {
    const path = pathOfOrder(experimentDir, run);
    return {name: run.name, path, ...stateOfRun(path, {result: readResult(path)})};
  });
}

/**
 * Takes the sweep's folder for this process, and keeps in it what is run.
 * @throws UserError if another sweep is at work in it, or it can't be written
 */
export async function openSweepFolder(
  folder: string,
  {plan, means, ...options}: {readonly plan: SweepPlan; readonly means: RunMeans} & LockOptions,
): Promise<Lock> {
  onDisk(folder, () => makeFolder(folder));
  const lock = await takeLock(folder, {...options, kind: 'sweep'});
  const runs = plan.runs.map((run) => orderOf(plan, run));
  writeSweepRecord(folder, {file: plan.sweep.file.file, means, runs});
  return lock;
}
