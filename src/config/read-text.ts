import {closeSync, fstatSync, openSync, readSync, type Stats} from 'node:fs';
import {UserError} from '../support/index.js';

/**
 * Bytes that a config file may have: thirty thousand lines. A larger file would take YAML's parser seconds.
 */
const MOST_BYTES = 2 ** 20;

/** Bytes that are read at once. */
const PIECE = 2 ** 16;

/** Milliseconds before a standard input without data is read again. */
const PAUSE = 5;

const STDIN = 0;

/** The name by which the command line calls standard input. */
export const STDIN_NAME = '-';

/** Why a file can't be read, by the error's code. */
const REASONS: {readonly [code: string]: string} = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'there is no such file: part of the path is not a folder',
  EACCES: 'permission denied',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'there is no such file: the name is too long',
  ERR_INVALID_ARG_VALUE: 'is not a valid file name',
  ENXIO: 'is a socket or device, not a file',
};

/**
 * The text of a config file, or of standard input where the file is `-`.
 * @throws UserError if it can't be read, is a device, is longer than {@link MOST_BYTES} or is not UTF-8
 */
export function readText(file: string): string {
  if (file === '') throw new UserError('--config: must name a file, found an empty string');
  return decoded(readFile(file), nameOf(file));
}

/** The name of a config file in messages. */
export function nameOf(file: string): string {
  return file === STDIN_NAME ? '<stdin>' : file;
}

function readFile(file: string): Buffer {
  let descriptor = STDIN;
  try {
    if (file !== STDIN_NAME) descriptor = openSync(file, 'r');
    return readBounded(descriptor, nameOf(file));
  } catch (cause) {
    throw cause instanceof UserError ? cause : new UserError(`${nameOf(file)}: ${reasonOf(cause as Error)}`, {cause});
  } finally {
    if (descriptor !== STDIN) closeSync(descriptor);
  }
}

/** Which errors a file system has is not known beforehand. */
function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? `can't be read (${error.message})`;
}

function readBounded(descriptor: number, name: string): Buffer {
  requireReadable(fstatSync(descriptor), name);
  const pieces: Buffer[] = [];
  let size = 0;
  for (;;) {
    const piece = readPiece(descriptor);
    if (piece.length === 0) return Buffer.concat(pieces);
    pieces.push(piece);
    size += piece.length;
    if (size > MOST_BYTES) throw tooLarge(name);
  }
}

/** Pipes are read as well: `--config <(...)` is one. A terminal is read only as standard input. */
function requireReadable(stats: Stats, name: string): void {
  if (stats.isCharacterDevice() && name !== nameOf(STDIN_NAME))
    throw new UserError(`${name}: is a device, not a file (standard input is called -)`);
  if (stats.isBlockDevice()) throw new UserError(`${name}: is a device, not a file`);
  if (stats.isFile() && stats.size > MOST_BYTES) throw tooLarge(name);
}

function tooLarge(name: string): UserError {
  return new UserError(`${name}: is larger than ${MOST_BYTES / 2 ** 20} MiB, the most that a config file may have`);
}

function readPiece(descriptor: number): Buffer {
  const piece = Buffer.allocUnsafe(PIECE);
  for (;;) {
    try {
      return piece.subarray(0, readSync(descriptor, piece));
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      if (code === 'EOF') return piece.subarray(0, 0);
      if (code !== 'EAGAIN') throw error;
      // The parent process may have made standard input non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

function decoded(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch (cause) {
    const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    throw new UserError(`${name}: is not text in UTF-8${isUtf16 ? ' but in UTF-16; save it as UTF-8' : ''}`, {cause});
  }
}
