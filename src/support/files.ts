import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {UserError} from './errors.js';
import {temporaryPath} from './temporary.js';

/** Errors that a user can fix, by the system's error code. */
const REMEDIES: {readonly [code: string]: string} = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the disk quota is used up; free some space',
  EACCES: 'permission denied; choose another folder or change its permissions',
  EPERM: 'permission denied; choose another folder or change its permissions',
  EROFS: 'the file system is read-only; choose another folder',
  ENOENT: 'there is no such folder; make it, or choose another',
  ENOTDIR: 'a part of the path is a file, not a folder; choose another folder',
  EISDIR: 'it is a folder where a file should be; move it away or remove it',
  EEXIST: 'there is something of that name already; choose another folder',
  ENAMETOOLONG: 'the name is too long; choose a shorter one',
};

/** What failed file work throws: a UserError that names the path where the system has refused it, else the cause as it is. */
export function diskError(path: string, cause: unknown): unknown {
  const {code = '', syscall} = cause as NodeJS.ErrnoException;
  if (syscall === undefined && !(code in REMEDIES)) return cause;
  const remedy = REMEDIES[code] ?? 'the system refuses it; choose another, or correct what the error names';
  return new UserError(`${path}: ${remedy} (${(cause as Error).message})`, {cause});
}

/** Does file work; an error that the user can fix becomes a UserError that names the path. */
export function onDisk<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw diskError(path, cause);
  }
}

/**
 * The bytes of a file. What is not a file is refused: a pipe that nothing writes to would be waited for without end.
 * @throws UserError that names the path
 */
export function readWhole(path: string): Buffer {
  return onDisk(path, () => withRegularFile(path, (file) => readFileSync(file)));
}

/**
 * Does something with a file that is open for reading meanwhile.
 * @throws UserError that names the path, if it is not a file, and what the system throws
 */
export function withRegularFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(file).isFile())
      throw new UserError(`${path}: it is not a file (a folder, pipe or device); remove it`);
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** The text of a file in UTF-8, read by {@link readWhole}. */
export function readWholeText(path: string): string {
  return readWhole(path).toString('utf8');
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** @throws UserError if the path is a link to something that is not there */
export function requireNoDeadLink(path: string): void {
  if (existsSync(path) || !lstatSync(path, {throwIfNoEntry: false})?.isSymbolicLink()) return;
  throw new UserError(
    `${path}: it is a link to ${readlinkSync(path)}, which is not there; make that folder (or mount its disk), or choose another`,
  );
}

/**
 * Makes a folder and those above it, unless they are there. One at a time: Node's own recursion never ends where a folder is
 * there but says of a new one that it can't be, as /proc does.
 */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (cause) {
    if (isFolder(path)) return;
    requireNoDeadLink(path);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new UserError(`${path}: no folder can be made there; choose another`, {cause});
  }
}

/**
 * Finds out whether a folder can be written to, or made, before the work whose results it is for: something is written there, or where it
 * would be made, and removed.
 * @throws UserError that names the path
 */
export function requireWritableFolder(path: string): void {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  onDisk(path, () => {
    requireNoDeadLink(path);
    rmdirSync(mkdtempSync(join(there, '.algoperf-ts-')));
  });
}

type Content = string | Uint8Array | Iterable<Uint8Array>;

/**
 * Writes a file beside its place and renames it there: a reader sees the old file or the new one, whole. The data is
 * on the disk before the name is. A link stays and its file is written; a device or a pipe (`/dev/stdout`) is written to.
 * @param content - what is too large to be one piece is taken piece by piece
 * @throws UserError if it can't be written
 */
export function writeWhole(path: string, content: Content): void {
  const there = onDisk(path, () => statSync(path, {throwIfNoEntry: false}));
  if (there?.isDirectory()) throw new UserError(`${path}: it is a folder; choose another name for the file`);
  if (there && !there.isFile()) onDisk(path, () => writePieces(path, content));
  else replaceWhole(there && lstatSync(path).isSymbolicLink() ? realpathSync(path) : path, content);
}

function writePieces(path: string, content: Content): void {
  const file = openSync(path, 'w');
  try {
    for (const bytes of piecesOf(content)) for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    if (fstatSync(file).isFile()) fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function replaceWhole(path: string, content: Content): void {
  const beside = temporaryPath(path);
  onDisk(path, () => {
    try {
      writePieces(beside, content);
      renameSync(beside, path);
    } catch (error) {
      rmSync(beside, {force: true});
      // The user did not choose the temporary name.
      if (error instanceof Error) error.message = error.message.replaceAll(beside, path);
      throw error;
    }
  });
  syncFolder(dirname(path));
}

function piecesOf(content: Content): Iterable<Uint8Array> {
  if (typeof content === 'string') return [Buffer.from(content)];
  return content instanceof Uint8Array ? [content] : content;
}

/** Brings a folder's names to the disk; not every system can. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // Windows opens no folder; the rename itself is still whole.
  }
}
