import {type FileHandle, open, readFile, stat} from 'node:fs/promises';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import {UserError} from '../../src/support/index.js';

/** Pixels of an image's row and column. */
const SIDE = 28;

/** Pixels of an image: a byte each. */
export const PIXELS = SIDE * SIDE;

const CLASSES = 10;
const [IMAGES_MAGIC, LABELS_MAGIC] = [2051, 2049];
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

/** A file of images, whose pixels are only read where they are to stay. */
export interface Images {
  readonly file: string;
  readonly count: number;
  /** Fills an array with the pixels of the examples from one on. */
  read(into: Uint8Array, example: number): Promise<void>;
}

/** A file of labels. */
export interface Labels {
  readonly file: string;
  readonly values: Uint8Array;
}

/** @throws UserError naming the file, if it can't be read or is not an idx file of 28 x 28 images */
export async function openImages(file: string): Promise<Images> {
  const {header, length, read} = await openFile(file);
  const count = requireHeader(file, header, length, {
    magic: IMAGES_MAGIC,
    headerBytes: IMAGES_HEADER,
    exampleBytes: PIXELS,
    kind: 'images',
  });
  const [rows, columns] = [header.readUInt32BE(8), header.readUInt32BE(12)];
  if (rows !== SIDE || columns !== SIDE) {
    throw new UserError(`${file}: images must be ${SIDE}x${SIDE} pixels, found ${rows}x${columns}`);
  }
  return {file, count, read: (into, example) => read(into, IMAGES_HEADER + example * PIXELS)};
}

interface OpenedFile {
  readonly header: Buffer;
  /** Bytes in all. */
  readonly length: number;
  /** Fills an array with the bytes from a position on. */
  read(into: Uint8Array, position: number): Promise<void>;
}

/** A compressed file can't be read in parts, nor can a pipe. */
async function openFile(file: string): Promise<OpenedFile> {
  const found = await stat(file);
  if (file.endsWith('.gz') || !found.isFile()) {
    const bytes = await readWhole(file);
    const read = async (into: Uint8Array, position: number): Promise<void> =>
      into.set(bytes.subarray(position, position + into.length));
    return {header: bytes.subarray(0, IMAGES_HEADER), length: bytes.length, read};
  }
  const read = (into: Uint8Array, position: number): Promise<void> =>
    reading(file, (handle) => fill(handle, into, position));
  const header = Buffer.alloc(Math.min(found.size, IMAGES_HEADER));
  await read(header, 0);
  return {header, length: found.size, read};
}

async function reading<T>(file: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    const handle = await open(file);
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UserError(`${file}: can't be read: ${(cause as Error).message}`, {cause});
  }
}

async function fill(handle: FileHandle, into: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const {bytesRead} = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) throw new Error('it has become shorter meanwhile');
    done += bytesRead;
  }
}

/** @throws UserError naming the file, if it can't be read or is not an idx file of labels 0 to 9 */
export async function readLabels(file: string): Promise<Labels> {
  const bytes = await readWhole(file);
  requireHeader(file, bytes, bytes.length, {
    magic: LABELS_MAGIC,
    headerBytes: LABELS_HEADER,
    exampleBytes: 1,
    kind: 'labels',
  });
  const values = bytes.subarray(LABELS_HEADER);
  const wrong = values.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw new UserError(`${file}: labels must be 0 to ${CLASSES - 1}, found ${values[wrong]} at example ${wrong}`);
  return {file, values};
}

async function readWhole(file: string): Promise<Buffer> {
  try {
    const bytes = await readFile(file);
    return file.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes;
  } catch (cause) {
    throw new UserError(`${file}: can't be read: ${(cause as Error).message}`, {cause});
  }
}

interface Header {
  readonly magic: number;
  readonly headerBytes: number;
  readonly exampleBytes: number;
  readonly kind: string;
}

/**
 * @param bytes - the file's, at least so many as a header has, or all
 * @returns the number of examples
 */
function requireHeader(
  file: string,
  bytes: Buffer,
  length: number,
  {magic, headerBytes, exampleBytes, kind}: Header,
): number {
  if (length < headerBytes) {
    throw new UserError(
      `${file}: ${length} bytes are too few for the header of an idx file of ${kind} (${headerBytes})`,
    );
  }
  const found = bytes.readUInt32BE(0);
  if (found !== magic) {
    throw new UserError(
      `${file}: an idx file of ${kind} begins with the number ${magic}, found ${found}${nameOfMagic(found)}`,
    );
  }
  const count = bytes.readUInt32BE(4);
  const expected = headerBytes + count * exampleBytes;
  if (length !== expected) {
    const what = length < expected ? 'the file is cut' : 'the file is too long';
    throw new UserError(`${file}: ${what}: ${count} ${kind} take ${expected} bytes, found ${length}`);
  }
  return count;
}

function nameOfMagic(magic: number): string {
  if (magic === IMAGES_MAGIC) return ' (a file of images)';
  return magic === LABELS_MAGIC ? ' (a file of labels)' : '';
}
