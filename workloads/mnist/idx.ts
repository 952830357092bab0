import {constants} from 'node:buffer';
import {type DataFile, withDataFile} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';

/** Pixels of an image's row and column. */
const SIDE = 28;

/** Pixels of an image: a byte each. */
export const PIXELS = SIDE * SIDE;

const CLASSES = 10;
const [IMAGES_MAGIC, LABELS_MAGIC] = [2051, 2049];
const GZIP_MAGIC = 0x1f8b;
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
  return withDataFile(file, async (opened) => {
    const header = await opened.start(IMAGES_HEADER);
    const count = requireHeader(file, header, IMAGES);
    const [rows, columns] = [header.readUInt32BE(8), header.readUInt32BE(12)];
    if (rows !== SIDE || columns !== SIDE) {
      throw new UserError(`${file}: images must be ${SIDE}x${SIDE} pixels, found ${rows}x${columns}`);
    }
    if (file.endsWith('.gz')) {
      const pixels = await contentOf(file, opened, count, IMAGES);
      const read = async (into: Uint8Array, example: number): Promise<void> =>
        into.set(pixels.subarray(example * PIXELS, example * PIXELS + into.length));
      return {file, count, read};
    }
    requireLength(file, opened.size, count, IMAGES);
    const read = (into: Uint8Array, example: number): Promise<void> =>
      withDataFile(file, (again) => again.read(into, IMAGES_HEADER + example * PIXELS));
    return {file, count, read};
  });
}

/** @throws UserError naming the file, if it can't be read or is not an idx file of labels 0 to 9 */
export async function readLabels(file: string): Promise<Labels> {
  const values = await withDataFile(file, async (opened) => {
    const count = requireHeader(file, await opened.start(LABELS_HEADER), LABELS);
    return contentOf(file, opened, count, LABELS);
  });
  const wrong = values.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw new UserError(`${file}: labels must be 0 to ${CLASSES - 1}, found ${values[wrong]} at example ${wrong}`);
  return {file, values};
}

/** What stands behind the header, which says how much that is: of a file that has more, one byte more is read. */
async function contentOf(file: string, opened: DataFile, count: number, form: Form): Promise<Buffer> {
  const expected = lengthOf(count, form);
  if (expected >= constants.MAX_LENGTH)
    throw new UserError(`${file}: ${count} ${form.kind} are more than a packed file may have here; unpack it`);
  if (!file.endsWith('.gz')) requireLength(file, opened.size, count, form);
  const bytes = await opened.start(expected + 1);
  requireLength(file, bytes.length, count, form);
  return bytes.subarray(form.headerBytes);
}

/** What an idx file has. */
interface Form {
  readonly magic: number;
  readonly headerBytes: number;
  readonly exampleBytes: number;
  readonly kind: string;
}

const IMAGES: Form = {magic: IMAGES_MAGIC, headerBytes: IMAGES_HEADER, exampleBytes: PIXELS, kind: 'images'};
const LABELS: Form = {magic: LABELS_MAGIC, headerBytes: LABELS_HEADER, exampleBytes: 1, kind: 'labels'};

/** @returns the number of examples */
function requireHeader(file: string, header: Buffer, {magic, headerBytes, kind}: Form): number {
  if (header.length < headerBytes) {
    throw new UserError(
      `${file}: ${header.length} bytes are too few for the header of an idx file of ${kind} (${headerBytes})`,
    );
  }
  const found = header.readUInt32BE(0);
  if (found !== magic) {
    throw new UserError(
      `${file}: an idx file of ${kind} begins with the number ${magic}, found ${found}${nameOfMagic(found)}`,
    );
  }
  return header.readUInt32BE(4);
}

function lengthOf(count: number, {headerBytes, exampleBytes}: Form): number {
  return headerBytes + count * exampleBytes;
}

/** @param length - bytes of the file; of a packed one that is too long, any number that is too large */
function requireLength(file: string, length: number, count: number, form: Form): void {
  const expected = lengthOf(count, form);
  if (length === expected) return;
  const what = length < expected ? 'the file is cut' : 'the file is too long';
  const found = length > expected && file.endsWith('.gz') ? 'more' : length;
  throw new UserError(`${file}: ${what}: ${count} ${form.kind} take ${expected} bytes, found ${found}`);
}

function nameOfMagic(magic: number): string {
  if (magic === IMAGES_MAGIC) return ' (a file of images)';
  if (magic === LABELS_MAGIC) return ' (a file of labels)';
  return magic >>> 16 === GZIP_MAGIC ? ' (a file packed by gzip: its name must end in .gz)' : '';
}
