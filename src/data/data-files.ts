import {constants, lstatSync, readdirSync, type Stats, statSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {join} from 'node:path';
import {pipeline, Readable} from 'node:stream';
import {createGunzip} from 'node:zlib';
import {UserError} from '../support/index.js';
import {cantRead} from './cant-read.js';

/** Bytes that are read of a packed file at once. */
const PIECE = 1 << 18;

/** Whether something of that path is not a folder; a link that leads nowhere counts, so that reading it says why. */
export function isThere(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return isLink(path);
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** A data file that has been opened. */
export interface DataFile {
  /** Bytes on the disk. */
  readonly size: number;
  /** Fills an array with the bytes from a position on. */
  read(into: Uint8Array, position: number): Promise<void>;
  /**
   * The first bytes, all of them where there are no more. Those of a file whose name ends in .gz or .GZ are unpacked, and no more of it
   * than these: what little unpacks to very much does no harm.
   */
  start(bytes: number): Promise<Buffer>;
  /** All bytes, piece by piece, unpacked as those of `start`. */
  pieces(): AsyncIterable<Buffer>;
}

/**
 * Opens a data file for as long as `use` takes.
 * @throws UserError naming the file, if it can't be read, or is a pipe or a device, which could keep one waiting forever
 */
export async function withDataFile<T>(path: string, use: (file: DataFile) => Promise<T>): Promise<T> {
  const {handle, size} = await openDataFile(path);
  try {
    return await use({
      size,
      read: (into, position) => fill(handle, into, position),
      start: (bytes) => (isPacked(path) ? startOfPacked(handle, bytes) : startOfPlain(handle, Math.min(bytes, size))),
      pieces: () => piecesOf(handle, path),
    });
  } catch (cause) {
    throw cantRead(path, cause);
  } finally {
    await handle.close();
  }
}

/** All bytes of a data file, piece by piece, unpacked as those of {@link DataFile.start}. @throws as {@link withDataFile} */
export async function* dataPieces(path: string): AsyncGenerator<Buffer> {
  const {handle} = await openDataFile(path);
  try {
    yield* piecesOf(handle, path);
  } catch (cause) {
    throw cantRead(path, cause);
  } finally {
    await handle.close();
  }
}

/** A data file that is open until its handle is closed. */
export interface OpenDataFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly mtimeMs: number;
}

/** @throws as {@link withDataFile} */
export async function openDataFile(path: string): Promise<OpenDataFile> {
  let handle: FileHandle | undefined;
  try {
    // Opening a pipe would otherwise wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) throw new UserError(`${path}: it is ${kindOf(found)}; a data file must be a regular file`);
    return {handle, size: found.size, mtimeMs: found.mtimeMs};
  } catch (cause) {
    await handle?.close();
    throw cantRead(path, cause);
  }
}

const isPacked = (path: string): boolean => /\.gz$/i.test(path);

function piecesOf(handle: FileHandle, path: string): AsyncIterable<Buffer> {
  return isPacked(path) ? unpackedPieces(handle) : plainPieces(handle);
}

async function fill(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const {bytesRead} = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new Error('it has become shorter meanwhile');
    done += bytesRead;
  }
}

async function startOfPlain(handle: FileHandle, bytes: number): Promise<Buffer> {
  const start = Buffer.allocUnsafe(bytes);
  await fill(handle, start, 0);
  return start;
}

async function* unpackedPieces(handle: FileHandle): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({chunkSize: 1 << 18});
  // Its error comes out of the loop over the pieces.
  pipeline(Readable.from(plainPieces(handle)), gunzip, () => {});
  yield* gunzip;
  // Node's ends at a byte 0 between packed parts, as if nothing could follow.
  for await (const rest of plainPieces(handle, gunzip.bytesWritten))
    if (rest.some((byte) => byte !== 0)) throw new Error('after its packed data there is something else');
}

async function startOfPacked(handle: FileHandle, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of unpackedPieces(handle)) {
    parts.push(part);
    length += part.length;
    if (length >= bytes) break;
  }
  return Buffer.concat(parts, Math.min(length, bytes));
}

async function* plainPieces(handle: FileHandle, from = 0): AsyncGenerator<Buffer> {
  for (let position = from; ; ) {
    const {buffer, bytesRead} = await handle.read(Buffer.allocUnsafe(PIECE), 0, PIECE, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a named pipe (FIFO)';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** A format of the data, by a file name that identifies it, and what to say about it. */
export interface Look {
  readonly name: RegExp;
  readonly text: string;
}

/** Names of a folder that are listed in a message. */
const MOST_LISTED = 8;

/**
 * What is in a folder that lacks the data, in a sentence: the first names, and what it looks like.
 * @param looks - tried in their order on each name in the folder, and in its folders with the folder's name before it
 */
export function describeContents(folder: string, looks: readonly Look[]): string {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    return `${folder} can't be looked into (${(error as NodeJS.ErrnoException).code}): check its permissions.`;
  }
  if (names.length === 0) return `${folder} is empty.`;
  const shown = names.slice(0, MOST_LISTED);
  const more = names.length > MOST_LISTED ? ` and ${names.length - MOST_LISTED} more` : '';
  const known = [...names, ...names.slice(0, 100).flatMap((name) => namesIn(folder, name))];
  return [`Found in ${folder}: ${shown.join(', ')}${more}.`, ...lookInWords(known, shown, looks)].join(' ');
}

/** What the first look that fits says; of a name that is not shown, with the name. */
function lookInWords(names: readonly string[], shown: readonly string[], looks: readonly Look[]): string[] {
  for (const {name, text} of looks) {
    const match = names.find((each) => name.test(each));
    if (match !== undefined) return [shown.includes(match) ? text : `${match}: ${text}`];
  }
  return [];
}

function namesIn(folder: string, name: string): string[] {
  try {
    return readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`);
  } catch {
    return [];
  }
}
