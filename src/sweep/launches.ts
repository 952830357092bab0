import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeFolder, onDisk, readWholeText, UserError, writeWhole} from '../support/index.js';
import type {RunMeans, RunOrder} from './order.js';
import {isRecordedRun} from './sweep-record.js';

/** Runs that were given to a cluster together. */
export interface Orders {
  readonly means: RunMeans;
  /** The user's own modules that the runs are made of. */
  readonly modules: readonly string[];
  readonly runs: readonly RunOrder[];
}

/** Where a launch has its files, in the sweep's folder. */
export interface LaunchPlace {
  /** Counts from 1. */
  readonly number: number;
  readonly folder: string;
  readonly ordersFile: string;
  readonly scriptFile: string;
}

const FOLDER = 'slurm';

/** Makes room for one more launch of a sweep and keeps its runs there. */
export function newLaunch(sweepFolder: string, orders: Orders): LaunchPlace {
  const folder = join(sweepFolder, FOLDER);
  const number = 1 + Math.max(0, ...launchNumbers(folder));
  const ordersFile = join(folder, `runs-${number}.json`);
  onDisk(folder, () => makeFolder(folder));
  writeWhole(ordersFile, `${JSON.stringify(orders, null, 1)}\n`);
  return {number, folder, ordersFile, scriptFile: join(folder, `array-${number}.sbatch`)};
}

function launchNumbers(folder: string): number[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const number = /^runs-(\d+)\.json$/.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

/** Reads the runs of a launch. @throws UserError if that is not what the file holds */
export function readOrders(file: string): Orders {
  try {
    const orders: Partial<Orders> = Object(JSON.parse(readWholeText(file)));
    const hasRuns = Array.isArray(orders.runs) && orders.runs.every(isRecordedRun);
    if (hasRuns && Array.isArray(orders.modules) && orders.means) return orders as Orders;
    throw new Error('it holds no runs');
  } catch (cause) {
    throw new UserError(`${file}: the runs of a sweep can't be read from it (${(cause as Error).message})`, {cause});
  }
}

/** Notes that a launch is a job of the cluster. */
export function noteJob({folder, number}: LaunchPlace, job: string): void {
  writeWhole(join(folder, `job-${number}`), `${job}\n`);
}

/** The jobs of a sweep, the oldest first. */
export function jobsOf(sweepFolder: string): string[] {
  const folder = join(sweepFolder, FOLDER);
  return launchNumbers(folder)
    .sort((a, b) => a - b)
    .map((number) => join(folder, `job-${number}`))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8').trim());
}

/** Notes that jobs are to end: their tasks do not go back into the queue. */
export function noteCancelled(sweepFolder: string, jobs: readonly string[]): void {
  for (const job of jobs) writeWhole(cancelledFile(join(sweepFolder, FOLDER), job), 'cancelled\n');
}

/** Whether a job was cancelled. @param folder - the launch's, in which its orders are */
export function isCancelled(folder: string, job: string): boolean {
  return existsSync(cancelledFile(folder, job));
}

function cancelledFile(folder: string, job: string): string {
  return join(folder, `cancelled-${job}`);
}

/** The files of a sweep's tasks, by name. */
export function logFilesOf(sweepFolder: string): string[] {
  const folder = join(sweepFolder, FOLDER);
  if (!existsSync(folder)) return [];
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return logs.sort(new Intl.Collator('en', {numeric: true}).compare).map((name) => join(folder, name));
}
