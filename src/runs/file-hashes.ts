import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {readWholeText} from '../support/index.js';
import {FILES} from './layout.js';

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
  return name.endsWith('.csv') || name === FILES.events;
}

/** Hashes of {@link hashedFiles} as they are now. */
export function fileHashes(run: string): FileHashes {
  return Object.fromEntries(hashedFiles(run).map((name) => [name, sha256(readFileSync(join(run, name)))]));
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
  const text = readWholeText(path);
  const whole = text.split('\n').slice(0, -1);
  if (lines !== undefined && whole.length < lines) return undefined;
  const isTable = path.endsWith('.csv');
  const rows = whole.slice(isTable ? 1 : 0, lines);
  const cut = isTable && text.includes(',\n') ? rows.map((row) => row.replace(/,+$/, '')) : rows;
  return {lines: lines ?? whole.length, sha256: sha256(cut.join('\n'))};
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
