import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {DataArchive, Dataset, Examples} from '../../src/contract/index.js';
import {dataRoot, downloadedData, requireDataDir} from '../../src/download/index.js';
import {UserError} from '../../src/support/index.js';
import {CHANNELS, SIDE, VALUES} from './batch.js';
import {type BatchFile, IMAGE_BYTES, LABEL_BYTES, readBatchFile, requireSameSize} from './batch-file.js';
import {isTestBatch} from './test-images.js';

const TRAIN_FILES = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);
const TEST_FILE = 'test_batch.bin';

/** The folders that the files may lie in, within the folder that is named: that folder itself first. */
const FOLDERS = ['', 'cifar10', 'cifar-10-batches-bin'];

/** One training image of so many is held out for validation: the last 5,000 of 50,000. */
const VALIDATION_SHARE = 10;

/** CIFAR-10 in its official binary form. */
export const archive: DataArchive = {
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  file: 'cifar-10-binary.tar.gz',
  folder: 'cifar-10-batches-bin',
  members: [...TRAIN_FILES, TEST_FILE],
};

/**
 * Reads as many of the official binary batches as there are, plain or .gz, at least one of training and the test batch. The
 * last tenth of the training images (rounded down) is the validation split. Images stay bytes [images, 32, 32, 3].
 * @param dir - the folder with the files, or with a folder `cifar10` or `cifar-10-batches-bin` that has them; undefined:
 * ALGOPERF_DATA_DIR, else what `data download` fetched
 * @throws UserError naming the file that is missing, cut or of another form
 */
export async function loadCifar(dir: string | undefined): Promise<Dataset> {
  const folder = folderOf(dir);
  const [test, ...batches] = await Promise.all(
    [TEST_FILE, ...TRAIN_FILES.filter((name) => fileOf(folder, name))].map((name) =>
      readBatchFile(pathOf(folder, name)),
    ),
  );
  if (batches.length === 0) throw new UserError(`${join(folder, TRAIN_FILES[0]!)}: ${MISSING}`);
  requireSameSize([...batches, test!]);
  requireNoTestBatch(batches, test!);
  const train = examplesOf(batches);
  const count = train.targets!.shape[0]!;
  if (count < VALIDATION_SHARE) {
    throw new UserError(`${batches[0]!.path}: at least ${VALIDATION_SHARE} training images are needed, found ${count}`);
  }
  const boundary = count - Math.floor(count / VALIDATION_SHARE);
  return {
    train: sliceOf(train, 0, boundary),
    validation: sliceOf(train, boundary, count),
    test: examplesOf([test!]),
    source: folder,
  };
}

function requireNoTestBatch(batches: readonly BatchFile[], test: BatchFile): void {
  const swapped = batches.find(isTestBatch);
  if (!swapped) return;
  throw new UserError(
    `${swapped.path}: its images are those of the official test batch; is it swapped with ${test.path}?`,
  );
}

const MISSING =
  'there is no such file, nor one with .gz; the data is data_batch_1.bin to data_batch_5.bin and test_batch.bin';

function fileOf(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`].map((file) => join(folder, file)).find((path) => existsSync(path));
}

function pathOf(folder: string, name: string): string {
  const path = fileOf(folder, name);
  if (path === undefined) throw new UserError(`${join(folder, name)}: ${MISSING}`);
  return path;
}

function folderOf(dir: string | undefined): string {
  if (dir !== undefined) requireDataDir(dir);
  const roots = dir !== undefined ? [dir] : [dataRoot() ?? [], downloadedData('cifar')].flat();
  const folders = roots.flatMap((path) => FOLDERS.map((folder) => join(path, folder)));
  const found = folders.find((folder) => archive.members.some((name) => fileOf(folder, name)));
  if (found) return found;
  const python = folders.find((folder) => existsSync(join(folder, 'data_batch_1')));
  const hint = python ? `\n${join(python, 'data_batch_1')} is of the Python version, which is not read.` : '';
  throw new UserError(
    `there is no CIFAR-10 data in ${roots.join(' or ')}, nor in a folder cifar10 or cifar-10-batches-bin there.${hint}\n` +
      'Fetch it with `algoperf-ts data download cifar`, or say where its binary version is with --data-dir.',
  );
}

/** All images of the files in order. A file has its images plane by plane; here the channels of a pixel stand together. */
function examplesOf(files: readonly BatchFile[]): Examples {
  const count = files.reduce((sum, file) => sum + file.count, 0);
  const inputs = new Uint8Array(count * VALUES);
  const targets = new Int32Array(count);
  let image = 0;
  for (const {bytes, count} of files) {
    for (let i = 0; i < count; i++, image++) {
      const from = i * (LABEL_BYTES + IMAGE_BYTES);
      targets[image] = bytes[from]!;
      interleave(bytes.subarray(from + LABEL_BYTES, from + LABEL_BYTES + IMAGE_BYTES), inputs, image * VALUES);
    }
  }
  return {
    inputs: {shape: [count, SIDE, SIDE, CHANNELS], dtype: 'uint8', data: inputs},
    targets: {shape: [count], dtype: 'int32', data: targets},
  };
}

function interleave(planes: Uint8Array, to: Uint8Array, at: number): void {
  const pixels = SIDE * SIDE;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      to[at + pixel * CHANNELS + channel] = planes[channel * pixels + pixel]!;
    }
  }
}

function sliceOf(examples: Examples, from: number, to: number): Examples {
  return Object.fromEntries(
    Object.entries(examples).map(([name, {shape, dtype, data}]) => {
      const width = data.length / shape[0]!;
      return [name, {shape: [to - from, ...shape.slice(1)], dtype, data: data.subarray(from * width, to * width)}];
    }),
  );
}
