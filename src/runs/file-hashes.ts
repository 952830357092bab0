import {createHash, type Hash} from 'node:crypto';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import {readWhole, readWholeText} from '../support/index.js';
import {FILES, FOLDERS} from './layout.js';

/** SHA-256 of files, in hexadecimal, by their names in the run's folder. */
export interface FileHashes {
  readonly [file: string]: string;
}

const FIXED: readonly string[] = [FILES.config, FILES.hparams, FILES.overrides];

/** The names of a run's files that its result depends on, sorted: settings, facts of its processes, tables, events. */
export function hashedFiles(run: string): string[] {
  return readdirSync(run)
    .filter((name) => FIXED.includes(name) || isGrowing(name) || /^(meta_data|flags)_\d+\.json$/.test(name))
    .sort();
}

/** Whether a file of a run is a table or its events, which grow line by line. The log records processes, and is neither. */
export function isGrowing(name: string): boolean {
  return isTable(name) || name === FILES.events;
}

/** Hashes of {@link hashedFiles} as they are now. */
export function fileHashes(run: string): FileHashes {
  return hashesOf(run, hashedFiles(run));
}

/** Hashes of those that do not grow: a run's settings, and the facts of its processes. */
export function settingHashes(run: string): FileHashes {
  return hashesOf(
    run,
    hashedFiles(run).filter((name) => !isGrowing(name)),
  );
}

/** Hashes of the user's code that a run keeps, by paths in its folder; what is no file is there, but is nothing. */
export function sourceHashes(run: string): FileHashes {
  const folder = join(run, FOLDERS.source);
  if (!existsSync(folder)) return {};
  const entries = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((entry) => !entry.isDirectory());
  const pathsOf = entries.map((entry) => ({path: join(entry.parentPath, entry.name), isFile: entry.isFile()}));
  return Object.fromEntries(
    pathsOf.map(({path, isFile}) => [relative(run, path), isFile ? sha256(readWhole(path)) : '']),
  );
}

/**
 * What differs between the files of a run's result and those that are there now, in words; nothing: they are as the run wrote them.
 * @param expected - what {@link fileHashes} was when the result was written
 */
export function changesSince(run: string, expected: FileHashes): string[] {
  const found = fileHashes(run);
  return differingFiles(expected, found)
    .sort()
    .map((file) => changeOf(file, found[file], expected[file])!);
}

/** The names of the files whose hashes differ, or that only one of both has. */
export function differingFiles(before: FileHashes, after: FileHashes): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]);
}

/** How a file differs from what the result has, in words; undefined where it does not. */
export function changeOf(file: string, found: string | undefined, expected: string | undefined): string | undefined {
  if (found === expected) return undefined;
  if (found === undefined) return `${file} is missing: ${FILES.result} has its hash`;
  if (expected === undefined) return `${file} was added after the run: ${FILES.result} has no hash of it`;
  return `${file} was changed after the run: its SHA-256 is not that in ${FILES.result}`;
}

function hashesOf(run: string, names: readonly string[]): FileHashes {
  return Object.fromEntries(names.map((name) => [name, hashOf(join(run, name))]));
}

/** What is no file, such as a pipe in its place, is there, but is nothing. */
function hashOf(path: string): string {
  return statSync(path).isFile() ? sha256(readWhole(path)) : '';
}

/** The number of whole lines in a growing file, and the hash of their rows. */
export interface GrownFile {
  readonly lines: number;
  readonly sha256: string;
}

/**
 * The rows of a growing file as they are now, or were when it had so many lines; undefined if it has fewer. Of a table neither the
 * header nor empty cells at the end of a row are hashed: a column that is added later changes no row.
 * @param lines - with the header; default: all whole ones
 */
export function grownFile(path: string, lines?: number): GrownFile | undefined {
  const whole = linesOf(readWholeText(path));
  if (whole.length < (lines ?? 0)) return undefined;
  const header = isTable(path) ? 1 : 0;
  return {lines: lines ?? whole.length, sha256: sha256(hashedRows(path, whole.slice(header, lines)).join('\n'))};
}

/** What a run has itself written into its growing files. */
export interface OwnRows {
  /** Takes in lines that were added to a file. */
  wrote(file: string, text: string): void;
  /** Of what the run has written, as {@link grownFile} has it of what is there. */
  hashes(): FileHashes;
  /** The names of the files in which something else is now. */
  changed(): string[];
}

/** Follows what a run writes, from what its files have now. */
export function ownRows(run: string): OwnRows {
  const files = new Map<string, {readonly hash: Hash; isBegun: boolean}>();
  const wrote = (file: string, rows: readonly string[]): void => {
    const own = files.get(file) ?? {hash: createHash('sha256'), isBegun: false};
    files.set(file, own);
    if (rows.length === 0) return;
    own.hash.update((own.isBegun ? '\n' : '') + hashedRows(file, rows).join('\n'));
    own.isBegun = true;
  };
  for (const file of readdirSync(run).filter(isGrowing))
    wrote(file, linesOf(readWholeText(join(run, file))).slice(isTable(file) ? 1 : 0));
  const hashes = (): FileHashes =>
    Object.fromEntries([...files].map(([file, {hash}]) => [file, hash.copy().digest('hex')]));
  return {
    wrote: (file, text) => wrote(file, linesOf(text)),
    hashes,
    changed: () =>
      Object.entries(hashes()).flatMap(([file, own]) => (hashOfRows(join(run, file)) === own ? [] : [file])),
  };
}

/** Undefined where they can't be read. */
function hashOfRows(path: string): string | undefined {
  try {
    return grownFile(path)?.sha256;
  } catch {
    return undefined;
  }
}

function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

function isTable(path: string): boolean {
  return path.endsWith('.csv');
}

function hashedRows(path: string, rows: readonly string[]): readonly string[] {
  return isTable(path) ? rows.map((row) => (row.endsWith(',') ? row.replace(/,+$/, '') : row)) : rows;
}

/** In hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
