import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {count, counted, UserError} from '../support/index.js';
import {jobsOf, logFilesOf, noteCancelled, type RecordedRow, readSweepRecord, recordedRows} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {failedExit} from './sweep-exit.js';
import {print, table} from './table.js';

/** Flags of the commands that look after a sweep. */
export interface SweepQueueFlags {
  readonly experimentDir: string;
  readonly json?: boolean;
  readonly lines?: number;
}

/** A task of a job array that has not ended. */
interface QueuedTask {
  /** `12_3`, or `12_[4-9]` of those that wait. */
  readonly task: string;
  readonly state: string;
  readonly reason: string;
}

/** What the queue and the folders say of a sweep. */
interface Status {
  readonly sweep: string;
  readonly counts: {readonly [status: string]: number};
  readonly queue: readonly QueuedTask[];
  readonly rows: readonly RecordedRow[];
}

/** Prints how far a sweep is. */
export function sweepStatus(name: string, flags: SweepQueueFlags): void {
  const status = statusOf(name, flags);
  print(status, () => statusText(status), flags.json);
}

/** Milliseconds from one look at the queue to the next. */
const LOOK = 2000;

/** Waits until no task of a sweep is in the queue. @returns the exit code: by the runs that are not complete */
export async function sweepWait(name: string, flags: SweepQueueFlags): Promise<number> {
  let status = statusOf(name, flags);
  while (status.queue.length > 0) {
    await sleep(LOOK);
    status = statusOf(name, flags);
  }
  print(status, () => statusText(status), flags.json);
  return failedExit(status.rows.filter(({status: each}) => !COMPLETE.includes(each)).length);
}

const COMPLETE: readonly string[] = ['target_reached', 'budget_spent', 'stopped', 'terminated_early', 'diverged'];

/** Takes a sweep's jobs from the queue; runs under way write a checkpoint first. */
export function sweepCancel(name: string, flags: SweepQueueFlags): number {
  const folder = join(flags.experimentDir, name);
  readSweepRecord(folder);
  const jobs = jobsOf(folder);
  const queued = jobs.filter((job) => queueOf([job]).length > 0);
  if (queued.length === 0) {
    process.stderr.write(`${name}: none of its jobs is in the queue\n`);
    return EXIT.done;
  }
  noteCancelled(folder, queued);
  slurm('scancel', queued);
  print({cancelled: queued}, () => `cancelled: job ${queued.join(', ')}`, flags.json);
  return EXIT.done;
}

/** Lines of each log that are shown. */
const LINES = 20;

/** Prints the ends of what a sweep's tasks have written. */
export function sweepLogs(name: string, {experimentDir, lines = LINES}: SweepQueueFlags): void {
  const folder = join(experimentDir, name);
  readSweepRecord(folder);
  const files = logFilesOf(folder);
  if (files.length === 0)
    throw new UserError(`${folder}: there are no logs of tasks; each run's own messages are in its log.jsonl`);
  for (const file of files) {
    const text = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    print(undefined, () => `==> ${file} <==\n${text}`);
  }
}

function statusOf(name: string, {experimentDir}: SweepQueueFlags): Status {
  const folder = join(experimentDir, name);
  const rows = recordedRows(readSweepRecord(folder), experimentDir);
  const counts: {[status: string]: number} = {};
  for (const {status} of rows) counts[status] = (counts[status] ?? 0) + 1;
  return {sweep: name, counts, queue: queueOf(jobsOf(folder)), rows};
}

function queueOf(jobs: readonly string[]): QueuedTask[] {
  if (jobs.length === 0) return [];
  // A job that Slurm has forgotten is an error to it if it is asked for alone, and none among others.
  const {status, stdout, stderr, error} = spawnSync(
    'squeue',
    ['--noheader', `--jobs=${jobs.join(',')}`, '--format=%i|%T|%r'],
    {encoding: 'utf8'},
  );
  if (error) throw new UserError(`squeue can't be started (${error.message})`);
  if (status !== 0 && /Invalid job id/.test(stderr)) return [];
  if (status !== 0) throw new UserError(`squeue: ${stderr.trim()}`);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [task, state, reason] = line.split('|');
      return {task: task!, state: state!, reason: reason!};
    });
}

function slurm(command: string, words: readonly string[]): void {
  const {status, stderr, error} = spawnSync(command, words, {encoding: 'utf8'});
  if (error) throw new UserError(`${command} can't be started (${error.message})`);
  if (status !== 0) throw new UserError(`${command}: ${stderr.trim()}`);
}

function statusText({sweep, counts, queue, rows}: Status): string {
  const parts = Object.entries(counts).map(([status, number]) => `${count(number)} ${status.replaceAll('_', ' ')}`);
  const open = rows.filter(({status}) => !COMPLETE.includes(status) && status !== 'new');
  const failed = rows.filter(({status}) => status === 'failed');
  return [
    `${sweep}: ${counted(rows.length, 'run')}: ${parts.join(', ')}`,
    ...(open.length > 0
      ? [
          table(
            ['run', 'status', 'steps'],
            open.map(({name, status, globalStep}) => [name, status, count(globalStep)]),
          ),
        ]
      : []),
    ...failed.map(({name, reason}) => `${name} failed: ${reason}`),
    ...(queue.length > 0
      ? [
          table(
            ['task', 'state', 'reason'],
            queue.map(({task, state, reason}) => [task, state, reason]),
          ),
        ]
      : []),
  ].join('\n');
}
