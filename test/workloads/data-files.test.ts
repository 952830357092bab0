import {execFileSync} from 'node:child_process';
import {mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {beforeEach, describe, expect, test} from 'vitest';
import {cifar} from '../../workloads/cifar/index.js';
import {mnist} from '../../workloads/mnist/index.js';
import {writeSmallCifar} from '../helpers/cifar.js';
import {temporaryFolder} from '../helpers/cli.js';
import {images, writeSmallMnist} from '../helpers/idx.js';

const NAMES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  writeSmallMnist(folder);
});

/** Moves each file to where `place` says. */
function moved(place: (name: string) => string): void {
  for (const name of NAMES) {
    renameSync(join(folder, name), join(folder, 'moving'));
    mkdirSync(dirname(join(folder, place(name))), {recursive: true});
    renameSync(join(folder, 'moving'), join(folder, place(name)));
  }
}

const dotted = (name: string) => name.replace('-idx', '.idx');

describe('common layouts', () => {
  test.each<[string, (name: string) => string]>([
    ["torchvision's root", (name) => `MNIST/raw/${name}`],
    ["torchvision's MNIST", (name) => `raw/${name}`],
    ["Kaggle's files", dotted],
    ["Kaggle's folders", (name) => `${name}/${name}`],
    ["Kaggle's folders with dots within", (name) => `${name}/${dotted(name)}`],
  ])('%s', async (_, place) => {
    moved(place);
    expect((await mnist.loadData(folder)).train.size).toBe(500);
  });

  test("Kaggle's archive has both, folders named as the files are", async () => {
    moved(dotted);
    for (const name of NAMES) mkdirSync(join(folder, name));
    expect((await mnist.loadData(folder)).train.size).toBe(500);
  });
});

test.each([
  ['mnist.npz', "It looks like Keras's mnist.npz, which is not read."],
  ['data/train-00000-of-00001.parquet', 'parquet files, which are not read.'],
  ['archive.zip', 'An archive is not read: unpack it there.'],
  ['mnist_train.csv', 'Found in FOLDER: mnist_train.csv. A CSV table is not read.'],
  ['notes/times.csv', 'Found in FOLDER: notes. notes/times.csv: A CSV table is not read.'],
  ['test_batch.bin', 'It looks like CIFAR-10: --workload cifar.'],
  ['notes.txt', 'Found in FOLDER: notes.txt.'],
  [undefined, 'FOLDER is empty.'],
])('a folder with %s: what was found is said', async (name, message) => {
  for (const each of NAMES) rmSync(join(folder, each));
  if (name !== undefined) {
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    writeFileSync(join(folder, name), '');
  }
  const work = mnist.loadData(folder);
  await expect(work).rejects.toThrow(`--data-dir: there is no MNIST-shaped data in '${folder}'`);
  await expect(work).rejects.toThrow(message.replace('FOLDER', folder));
});

describe('a file that is none', () => {
  const file = () => join(folder, 'train-labels-idx1-ubyte');

  test.each(['', '.gz'])('a pipe%s is refused without waiting', async (end) => {
    rmSync(file());
    execFileSync('mkfifo', [`${file()}${end}`]);
    await expect(mnist.loadData(folder)).rejects.toThrow(
      'it is a named pipe (FIFO); a data file must be a regular file',
    );
  });

  test('a link to a device', async () => {
    rmSync(file());
    symlinkSync('/dev/zero', file());
    await expect(mnist.loadData(folder)).rejects.toThrow(`${file()}: it is a device`);
  });

  test('links that lead to one another, or nowhere', async () => {
    rmSync(file());
    symlinkSync(file(), file());
    await expect(mnist.loadData(folder)).rejects.toThrow(/train-labels-idx1-ubyte: can't be read: ELOOP/);
    rmSync(file());
    symlinkSync(join(folder, 'gone'), file());
    await expect(mnist.loadData(folder)).rejects.toThrow(/train-labels-idx1-ubyte: can't be read: ENOENT/);
  });
});

describe('a packed file', () => {
  const put = (content: Buffer) => {
    rmSync(join(folder, 'train-images-idx3-ubyte'));
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(content));
  };

  test('is unpacked no further than its header says', async () => {
    // What follows is damaged, which is only seen by reading on.
    const packed = gzipSync(Buffer.concat([images(600), Buffer.alloc(1 << 24)]));
    put(images(600));
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), packed.fill(0xff, packed.length - 1000));
    await expect(mnist.loadData(folder)).rejects.toThrow(
      'the file is too long: 600 images take 470416 bytes, found more',
    );
  });

  test('of another form is refused by its first bytes', async () => {
    const packed = gzipSync(Buffer.alloc(1 << 24));
    put(images(600));
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), packed.fill(0xff, packed.length - 1000));
    await expect(mnist.loadData(folder)).rejects.toThrow('begins with the number 2051, found 0');
  });

  test.each([
    ['cut', images(600).subarray(0, 5000), 'the file is cut: 600 images take 470416 bytes, found 5000'],
    ['cut in its header', images(600).subarray(0, 9), '9 bytes are too few for the header'],
  ])('%s', async (_, content, message) => {
    put(content);
    await expect(mnist.loadData(folder)).rejects.toThrow(message);
  });

  test('whose name does not say so', async () => {
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), gzipSync(images(600)));
    await expect(mnist.loadData(folder)).rejects.toThrow('(a file packed by gzip: its name must end in .gz)');
  });

  test('with more images than the memory can hold', async () => {
    const header = images(6).subarray(0, 16);
    header.writeUInt32BE(2 ** 32 - 1, 4);
    put(header);
    await expect(mnist.loadData(folder)).rejects.toThrow('more than a packed file may have here; unpack it');
  });
});

test('a label that is no digit, the first one or the last', async () => {
  for (const [at, example] of [
    [8, 0],
    [607, 599],
  ] as const) {
    writeSmallMnist(folder);
    const bytes = Buffer.alloc(608);
    bytes.writeUInt32BE(2049, 0);
    bytes.writeUInt32BE(600, 4);
    bytes[at] = 10;
    writeFileSync(join(folder, 'train-labels-idx1-ubyte'), bytes);
    await expect(mnist.loadData(folder)).rejects.toThrow(`labels must be 0 to 9, found 10 at example ${example}`);
  }
});

test('fewer examples than the validation split is a share of', async () => {
  writeSmallMnist(folder, {train: 5, test: 6});
  await expect(mnist.loadData(folder)).rejects.toThrow(/train-images.+at least 6 examples are needed, found 5/);
  writeSmallMnist(folder, {train: 6, test: 6});
  expect((await mnist.loadData(folder)).validation.size).toBe(1);
});

test.each([
  ['cifar-10-binary.tar.gz', '`algoperf-ts data download cifar --data-dir <its folder>` checks and unpacks it'],
  ['cifar-10-batches-py/data_batch_1', 'It looks like the Python version (pickles), which is not read.'],
  ['train-images-idx3-ubyte.gz', 'It looks like MNIST: --workload mnist.'],
])("cifar's folder with %s: what was found is said", async (name, message) => {
  const dir = temporaryFolder();
  mkdirSync(dirname(join(dir, name)), {recursive: true});
  writeFileSync(join(dir, name), '');
  const work = cifar.loadData(dir);
  await expect(work).rejects.toThrow(`there is no CIFAR-10 data in ${dir}`);
  await expect(work).rejects.toThrow(message);
});

test("a pipe, or what unpacks to very much, among cifar's batches", async () => {
  const dir = temporaryFolder();
  writeSmallCifar(dir);
  rmSync(join(dir, 'data_batch_2.bin'));
  execFileSync('mkfifo', [join(dir, 'data_batch_2.bin')]);
  await expect(cifar.loadData(dir)).rejects.toThrow('it is a named pipe (FIFO)');
  rmSync(join(dir, 'data_batch_2.bin'));
  const bomb = gzipSync(Buffer.alloc(320_000_000));
  writeFileSync(join(dir, 'data_batch_2.bin.gz'), bomb.fill(0xff, bomb.length - 1000));
  await expect(cifar.loadData(dir)).rejects.toThrow('the file is too long: it has more than 307300000 bytes');
});

test.skipIf(process.getuid?.() === 0)('a folder that cannot be looked into is not taken for an empty one', async () => {
  const closed = join(folder, 'closed');
  mkdirSync(closed, {mode: 0});
  await expect(mnist.loadData(closed)).rejects.toThrow(
    `${closed} can't be looked into (EACCES): check its permissions.`,
  );
});
