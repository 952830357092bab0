import {cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {ArraySource} from '../../src/data/index.js';
import {cifar} from '../../workloads/cifar/index.js';
import {batchFile, writeSmallCifar} from '../helpers/cifar.js';
import {temporaryFolder} from '../helpers/cli.js';

let folder = '';

beforeEach(() => {
  folder = temporaryFolder();
  writeSmallCifar(folder);
  vi.stubEnv('ALGOPERF_DATA_DIR', '');
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

afterEach(() => {
  vi.unstubAllEnvs();
});

const counts = async (dir?: string) => {
  const {train, validation, test} = await cifar.loadData(dir);
  return [train, validation, test].map((source) => source?.size);
};
const put = (name: string, content: Buffer) => writeFileSync(join(folder, name), content);

describe('loadData', () => {
  test('takes as many batches as there are; the last tenth of the images is the validation split', async () => {
    expect(await counts(folder)).toEqual([36, 4, 20]);
    rmSync(join(folder, 'data_batch_1.bin'));
    expect(await counts(folder)).toEqual([18, 2, 20]);
  });

  test('puts the channels of a pixel together, and keeps bytes', async () => {
    const file = batchFile(20, 2);
    const {train, source} = await cifar.loadData(folder);
    const {inputs, targets} = (train as ArraySource).examples;
    expect(inputs).toMatchObject({shape: [36, 32, 32, 3], dtype: 'uint8'});
    // Image 3 of the second batch, row 5, column 7.
    const at = 23 * 3072 + (5 * 32 + 7) * 3;
    const from = 3 * 3073 + 1 + 5 * 32 + 7;
    expect([...inputs!.data.subarray(at, at + 3)]).toEqual([file[from], file[from + 1024], file[from + 2048]]);
    expect([...targets!.data.subarray(18, 24)]).toEqual([8, 9, 0, 1, 2, 3]);
    expect(source).toBe(folder);
  });

  test.each(['cifar10', 'cifar-10-batches-bin'])('finds files in the folder %s, packed or not', async (name) => {
    mkdirSync(join(folder, name));
    for (const file of ['data_batch_1.bin', 'data_batch_2.bin', 'test_batch.bin'])
      renameSync(join(folder, file), join(folder, name, file));
    put(join(name, 'test_batch.bin.gz'), gzipSync(readFileSync(join(folder, name, 'test_batch.bin'))));
    rmSync(join(folder, name, 'test_batch.bin'));
    expect(await counts(folder)).toEqual([36, 4, 20]);
    vi.stubEnv('ALGOPERF_DATA_DIR', folder);
    expect(await counts()).toEqual([36, 4, 20]);
  });

  test('finds what `data download` fetched', async () => {
    await expect(counts()).rejects.toThrow('algoperf-ts data download cifar');
    const downloaded = join(folder, 'cache', 'algoperf-ts', 'data', 'cifar', 'cifar-10-batches-bin');
    mkdirSync(downloaded, {recursive: true});
    writeSmallCifar(downloaded, 10);
    expect(await counts()).toEqual([18, 2, 10]);
  });
});

describe('a wrong file is named', () => {
  test.each([
    [
      'cut within an image',
      'data_batch_2.bin',
      () => batchFile(20).subarray(0, 50_000),
      'the file is cut or of another form: an image takes 3073 bytes, 10000 of them 30730000, found 50000',
    ],
    [
      'cut between two images',
      'data_batch_2.bin',
      () => batchFile(15),
      /data_batch_2\.bin: it has 15 images and .+ has 20/,
    ],
    ['too long', 'test_batch.bin', () => Buffer.alloc(30_730_001), 'the file is too long'],
    ['empty', 'data_batch_1.bin', () => Buffer.alloc(0), 'found 0'],
    [
      'another batch',
      'data_batch_2.bin',
      () => batchFile(20, 3),
      /test_batch|data_batch_2\.bin: its images are those of .+; is it swapped\?/,
    ],
    [
      'a class that there is not',
      'test_batch.bin',
      () => Buffer.from(batchFile(20).fill(12, 3073 * 4, 3073 * 4 + 1)),
      'classes must be 0 to 9, found 12 at image 4',
    ],
    [
      "MNIST's labels",
      'data_batch_1.bin',
      () => Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 5, 3]),
      'this is an idx file of labels',
    ],
    [
      "MNIST's images",
      'data_batch_1.bin',
      () => Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 5, 3]),
      'this is an idx file of images',
    ],
    ["CIFAR-100's", 'data_batch_1.bin', () => Buffer.alloc(30_740_000), "of CIFAR-100's size"],
    ['a pickle', 'data_batch_1.bin', () => Buffer.from([0x80, 2, 0x7d, 0x71]), 'this is a Python pickle'],
    [
      'packed without saying so',
      'data_batch_1.bin',
      () => gzipSync(batchFile(20)),
      /packed file: its name must end in \.gz$/,
    ],
    [
      'the class names',
      'data_batch_1.bin',
      () => Buffer.from('airplane\nautomobile\n'),
      'this is the list of class names',
    ],
  ])('%s', async (_, name, content, message) => {
    put(name, content());
    await expect(cifar.loadData(folder)).rejects.toThrow(message);
    await expect(cifar.loadData(folder)).rejects.toThrow(name);
  });

  test('a packed file that is none', async () => {
    rmSync(join(folder, 'test_batch.bin'));
    put('test_batch.bin.gz', Buffer.from('not packed'));
    await expect(cifar.loadData(folder)).rejects.toThrow("test_batch.bin.gz: can't be read");
  });

  test('a packed file that was packed again', async () => {
    rmSync(join(folder, 'test_batch.bin'));
    put('test_batch.bin.gz', gzipSync(gzipSync(batchFile(20))));
    await expect(cifar.loadData(folder)).rejects.toThrow(/test_batch\.bin\.gz: .+ packed twice; unpack it once$/);
  });

  test('a missing one', async () => {
    rmSync(join(folder, 'test_batch.bin'));
    await expect(cifar.loadData(folder)).rejects.toThrow('test_batch.bin: there is no such file, nor one with .gz');
    writeSmallCifar(folder);
    for (const name of ['data_batch_1.bin', 'data_batch_2.bin']) rmSync(join(folder, name));
    await expect(cifar.loadData(folder)).rejects.toThrow('data_batch_1.bin: there is no such file');
  });

  test('a folder without data, the Python version, no folder', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    await expect(cifar.loadData(empty)).rejects.toThrow(`there is no CIFAR-10 data in ${empty}, nor in a folder`);
    put('empty/data_batch_1', Buffer.from([0x80, 2]));
    await expect(cifar.loadData(empty)).rejects.toThrow(
      'It looks like the Python version (pickles), which is not read.',
    );
    await expect(cifar.loadData(join(folder, 'nowhere'))).rejects.toThrow('--data-dir: there is no folder');
  });

  test('too few images to hold one out', async () => {
    writeSmallCifar(folder, 4);
    await expect(cifar.loadData(folder)).rejects.toThrow('at least 10 training images are needed, found 8');
  });
});

const real = join(process.env.ALGOPERF_DATA_DIR ?? '', 'cifar10');
const hasReal = Boolean(process.env.ALGOPERF_DATA_DIR) && existsSync(join(real, 'data_batch_1.bin.gz'));

describe('real images', () => {
  const reason = hasReal ? '' : ' (skipped: ALGOPERF_DATA_DIR has no folder cifar10)';

  test.skipIf(!hasReal)(`for testing under the name of those for training are found${reason}`, async () => {
    rmSync(folder, {recursive: true});
    mkdirSync(folder);
    cpSync(join(real, 'test_batch.bin.gz'), join(folder, 'data_batch_2.bin.gz'));
    cpSync(join(real, 'data_batch_1.bin.gz'), join(folder, 'test_batch.bin.gz'));
    await expect(cifar.loadData(folder)).rejects.toThrow(
      `${join(folder, 'data_batch_2.bin.gz')}: its images are those of the official test batch; is it swapped with ${join(folder, 'test_batch.bin.gz')}?`,
    );
  });

  test.skipIf(!hasReal)(`have AlgoPerf's mean and deviation once they are normalised${reason}`, async () => {
    const dataset = await cifar.loadData(real);
    expect([dataset.train, dataset.validation, dataset.test].map((source) => source?.size)).toEqual([
      9000, 1000, 10_000,
    ]);
    const {inputs} = await dataset.train.read(Uint32Array.from({length: 9000}, (_, i) => i));
    for (let channel = 0; channel < 3; channel++) {
      let [sum, squares] = [0, 0];
      for (let i = channel; i < inputs!.data.length; i += 3) {
        sum += inputs!.data[i]!;
        squares += inputs!.data[i]! ** 2;
      }
      const count = inputs!.data.length / 3;
      expect(Math.abs(sum / count)).toBeLessThan(0.02);
      expect(Math.abs(squares / count - 1)).toBeLessThan(0.03);
    }
  });
});
