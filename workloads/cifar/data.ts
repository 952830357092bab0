import type {Dataset} from '../../src/contract/index.js';
import {arraySource, type Examples} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {CHANNELS, makeBatch, SIDE, VALUES} from './batch.js';
import {type BatchFile, IMAGE_BYTES, LABEL_BYTES, readBatchFile, requireSameSize} from './batch-file.js';
import {batchPaths, findFolder} from './files.js';
import {isTestBatch} from './test-images.js';

/** One training image of so many is held out for validation: the last 5,000 of 50,000. */
const VALIDATION_SHARE = 10;

/**
 * Reads as many of the official binary batches as there are, plain or .gz, at least one of training and the test batch. The
 * last tenth of the training images (rounded down) is the validation split. Images stay bytes [images, 32, 32, 3].
 * @param dir - the folder with the files, or with a folder `cifar10` or `cifar-10-batches-bin` that has them; undefined:
 * ALGOPERF_DATA_DIR, else what `data download` fetched
 * @throws UserError naming the file that is missing, cut or of another form
 */
export async function loadCifar(dir: string | undefined): Promise<Dataset> {
  const folder = findFolder(dir);
  const paths = batchPaths(folder);
  const [test, ...batches] = await Promise.all([paths.test, ...paths.train].map(readBatchFile));
  requireSameSize([...batches, test!]);
  requireNoTestBatch(batches, test!);
  const train = examplesOf(batches);
  const count = train.targets!.shape[0]!;
  if (count < VALIDATION_SHARE) {
    throw new UserError(`${batches[0]!.path}: at least ${VALIDATION_SHARE} training images are needed, found ${count}`);
  }
  const boundary = count - Math.floor(count / VALIDATION_SHARE);
  return {
    train: arraySource(sliceOf(train, 0, boundary), makeBatch),
    validation: arraySource(sliceOf(train, boundary, count), makeBatch),
    test: arraySource(examplesOf([test!]), makeBatch),
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
