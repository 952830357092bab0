import {existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {closestName, contentsInWords, isFolder, isTemporary, makeFolder, onDisk, UserError} from '../support/index.js';
import {clearCheckpoints, type FoundCheckpoint, latestCheckpoint, type ReadCheckpoint} from './checkpoints.js';
import {type FileHashes, grownFile, isGrowing} from './file-hashes.js';
import {FILES, FOLDERS, type RunLocation, requireExperimentName, runPath} from './layout.js';
import {experimentsIn} from './list.js';
import {holdLock, type Lock, type LockOptions, takeLock} from './lock.js';
import {type LockHolder, lockText, newHolder} from './lock-file.js';
import {isRunning} from './processes.js';
import {removeRun} from './remove-runs.js';
import {countLines, cutLines} from './tables.js';

export interface NewRun {
  readonly experimentDir: string;
  /** Undefined: `stem` and the time. */
  readonly experimentName: string | undefined;
  readonly stem: string;
  readonly study?: number | undefined;
  readonly workload: string;
  readonly trial: number;
  /** Whether a run of that name is replaced. */
  readonly overwrite: boolean;
  /** The initial files of the folder, by path. */
  readonly files: {readonly [path: string]: string | Uint8Array};
  /** Called when another process's lock is waited for or taken over. */
  readonly warn?: (message: string) => void;
}

/** A run whose lock this process holds. */
export interface OwnRun {
  readonly path: string;
  readonly experiment: string;
  readonly lock: Lock;
}

/**
 * Makes a run's folder and takes its lock. It is prepared beside its place and renamed there, so that it is never there
 * half-made; of several processes that want one name one gets it.
 * @throws UserError if there is a run of that name, or the folder can't be written
 */
export async function createRun(options: NewRun): Promise<OwnRun> {
  const {experimentDir, experimentName, stem, study, workload, trial} = options;
  const pathOf = (experiment: string) => runPath(experimentDir, {experiment, study, workload, trial});
  const holder = newHolder();
  if (experimentName !== undefined) {
    requireExperimentName(experimentName);
    const path = pathOf(experimentName);
    if (options.overwrite) await removeRun(path, options);
    if (!placed(path, options, holder)) throw new UserError(inTheWay(path, experimentName));
    return {path, experiment: experimentName, lock: holdLock(path, holder)};
  }
  for (let attempt = 1; ; attempt++) {
    const experiment = timedName(stem, attempt);
    const path = pathOf(experiment);
    if (placed(path, options, holder)) return {path, experiment, lock: holdLock(path, holder)};
  }
}

function inTheWay(path: string, name: string): string {
  if (!existsSync(join(path, FILES.config)))
    return `${path}: what is there is no run: it has no ${FILES.config} (${contentsInWords(path)}); move it away or remove it`;
  return `--experiment-name: ${path} already exists; add --resume to continue it, --overwrite to replace it, or choose another name than '${name}'`;
}

/** The name of an experiment that was given none. @param attempt - counts from 1; a further one where the name is taken */
export function timedName(stem: string, attempt: number): string {
  return `${stem}-${timestamp(new Date())}${attempt === 1 ? '' : `-${attempt}`}`;
}

/** `2026-11-24-12-29-05`, local time. */
function timestamp(date: Date): string {
  const parts = [
    date.getFullYear(),
    date.getMonth() + 1,
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}

/** @returns whether the run is now at its place; false if another one is */
function placed(path: string, {files}: NewRun, holder: LockHolder): boolean {
  if (existsSync(path)) return false;
  const parent = dirname(path);
  const beside = join(parent, `.${basename(path)}.${process.pid}.tmp`);
  return onDisk(path, () => {
    makeFolder(parent);
    makeFolder(join(beside, FOLDERS.plots));
    try {
      removeAbandoned(parent, beside);
      for (const [name, content] of Object.entries({...files, [FILES.lock]: lockText(holder)})) {
        makeFolder(dirname(join(beside, name)));
        writeFileSync(join(beside, name), content);
      }
      return moved(beside, path);
    } finally {
      rmSync(beside, {recursive: true, force: true});
    }
  });
}

/** Renaming a folder fails where there is one with something in it: a run always has its config. */
function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Milliseconds after which an unfinished folder is abandoned; its process may be on another machine. */
const ABANDONED = 600_000;

/** Removes folders that killed processes had not finished. @param beside - one that was made now, by the file system's clock */
function removeAbandoned(parent: string, beside: string): void {
  const now = statSync(beside).mtimeMs;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const pid = Number(name.match(/^\..*\.(\d+)\.tmp$/)?.[1]);
    const isAbandoned = pid > 0 && !isRunning(pid) && now - statSync(path).mtimeMs > ABANDONED;
    if (isAbandoned) rmSync(path, {recursive: true, force: true});
  }
}

/** The part of a run's files that belongs to a checkpoint: lines of each growing file, and pictures of the schedule. */
export interface Extent {
  readonly lines: {readonly [file: string]: number};
  /** Of those lines. */
  readonly sha256: FileHashes;
  readonly plots: number;
}

/** The extent of a run as it is now. @param own - hashes of what the run itself has written, in place of what is there */
export function extentOf(run: string, plots: number, own: FileHashes = {}): Extent {
  const files = growing(run);
  const others = files.filter((file) => own[file] === undefined);
  return {
    lines: Object.fromEntries(files.map((file) => [file, countLines(join(run, file))])),
    sha256: {...Object.fromEntries(others.map((file) => [file, grownFile(join(run, file))!.sha256])), ...own},
    plots,
  };
}

function growing(run: string): string[] {
  return readdirSync(run).filter(isGrowing).sort();
}

export interface ResumedRun extends OwnRun {
  readonly checkpoint: ReadCheckpoint | undefined;
  /** Newer checkpoints that were skipped. */
  readonly damaged: FoundCheckpoint['damaged'];
  /** How often the run was resumed. */
  readonly preemptionCount: number;
}

/**
 * Takes a run's lock and finds its last whole checkpoint.
 * @throws UserError if there is no such run, another process is at work in it, or its files are of the wrong kind
 */
export async function openRun(
  experimentDir: string,
  location: RunLocation,
  options?: LockOptions,
): Promise<ResumedRun> {
  const {experiment} = location;
  requireExperimentName(experiment);
  const path = runPath(experimentDir, location);
  if (!existsSync(join(path, FILES.config))) throw new UserError(nothingToResume(path, experimentDir, experiment));
  requireKinds(path);
  const lock = await takeLock(path, options);
  try {
    const {checkpoint, damaged} = latestCheckpoint(path);
    const preemptionCount = readdirSync(path).filter((name) => /^flags_\d+\.json$/.test(name)).length;
    return {path, experiment, lock, checkpoint, damaged, preemptionCount};
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Before anything is cut: a file in place of a folder, or the reverse, is not removed. */
function requireKinds(run: string): void {
  const folders: readonly string[] = Object.values(FOLDERS);
  const files: readonly string[] = Object.values(FILES);
  for (const entry of readdirSync(run, {withFileTypes: true})) {
    const path = join(run, entry.name);
    if (folders.includes(entry.name) && !isFolder(path))
      throw new UserError(`${path}: it is a file where a folder should be; move it away or remove it`);
    if ((files.includes(entry.name) || entry.name.endsWith('.csv')) && isFolder(path))
      throw new UserError(`${path}: it is a folder where a file should be; move it away or remove it`);
  }
}

function nothingToResume(path: string, experimentDir: string, experiment: string): string {
  const known = experimentsIn(experimentDir);
  const close = closestName(experiment, known);
  const hint = close
    ? ` Did you mean \`${close}\`?`
    : known.length > 0
      ? ` There are: ${known.slice(-5).join(', ')}.`
      : '';
  return `--resume: there is no run at ${path}.${hint} Leave out --resume to begin it.`;
}

/**
 * Cuts everything in a run that lies beyond its checkpoint; without one, all that its steps have left.
 * @returns the files that have lost lines since the checkpoint was written
 */
export function cutTo(
  run: string,
  extent: Pick<Extent, 'lines' | 'plots'>,
  damaged: FoundCheckpoint['damaged'],
): string[] {
  const short = Object.entries(extent.lines).filter(([file, lines]) => countLines(join(run, file)) < lines);
  rmSync(join(run, FILES.result), {force: true});
  clearCheckpoints(run, damaged);
  for (const file of growing(run)) {
    const lines = extent.lines[file] ?? 0;
    if (lines === 0) rmSync(join(run, file));
    else cutLines(join(run, file), lines);
  }
  const plots = join(run, FOLDERS.plots);
  makeFolder(plots);
  for (const name of readdirSync(plots)) {
    const number = name.match(/^lr-schedule-(\d+)\./)?.[1];
    if (isTemporary(name) || (number !== undefined && Number(number) >= extent.plots)) rmSync(join(plots, name));
  }
  for (const name of readdirSync(run)) if (isTemporary(name)) rmSync(join(run, name));
  endLastLine(join(run, FILES.log));
  return short.map(([file]) => join(run, file));
}

/** A killed process may leave half a line: cut it, so that the next one begins on its own. */
function endLastLine(path: string): void {
  cutLines(path, Number.POSITIVE_INFINITY);
}
