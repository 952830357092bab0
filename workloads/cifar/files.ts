import {join} from 'node:path';
import type {DataArchive} from '../../src/contract/index.js';
import {describeContents, isThere, type Look} from '../../src/data/index.js';
import {dataRoot, downloadedData, requireDataDir} from '../../src/download/index.js';
import {findCacheFolder, frozen, isFolder, UserError} from '../../src/support/index.js';

const TRAIN_FILES = [1, 2, 3, 4, 5].map((number) => `data_batch_${number}.bin`);
const TEST_FILE = 'test_batch.bin';

/** The folders that the files may lie in, within the folder that is named: that folder itself first. */
const FOLDERS = ['', 'cifar10', 'cifar-10-batches-bin'];

/** CIFAR-10 in its official binary form. */
export const archive: DataArchive = frozen({
  url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
  file: 'cifar-10-binary.tar.gz',
  folder: 'cifar-10-batches-bin',
  members: [...TRAIN_FILES, TEST_FILE],
});

/** Other formats of CIFAR-10 that users have. */
const LOOKS: readonly Look[] = [
  {
    name: /(^|\/)data_batch_\d$|cifar-10-batches-py|cifar-10-python/,
    text: 'It looks like the Python version (pickles), which is not read.',
  },
  {
    name: /(^|\/)cifar-10-binary\.tar\.gz$/,
    text: 'The archive is not unpacked: `algoperf-ts data download cifar --data-dir <its folder>` checks and unpacks it without fetching.',
  },
  {name: /cifar-100/, text: 'It looks like CIFAR-100.'},
  {name: /\.parquet$/, text: "It looks like Hugging Face's parquet files, which are not read."},
  {name: /idx[13]-ubyte/, text: 'It looks like MNIST: --workload mnist.'},
  {name: /\.(zip|tar|tgz|tar\.gz|7z)$/, text: 'An archive is not read: unpack it there.'},
];

/** The batches in a folder: at least one of training and the test batch. @throws UserError naming one that is missing */
export function batchPaths(folder: string): {train: string[]; test: string} {
  const train = TRAIN_FILES.filter((name) => fileOf(folder, name) !== undefined);
  return {
    train: (train.length > 0 ? train : TRAIN_FILES.slice(0, 1)).map((name) => pathOf(folder, name)),
    test: pathOf(folder, TEST_FILE),
  };
}

const MISSING =
  'there is no such file, nor one with .gz; the data is data_batch_1.bin to data_batch_5.bin and test_batch.bin';

function fileOf(folder: string, name: string): string | undefined {
  return [name, `${name}.gz`].map((file) => join(folder, file)).find(isThere);
}

function pathOf(folder: string, name: string): string {
  const path = fileOf(folder, name);
  if (path === undefined) throw new UserError(`${join(folder, name)}: ${MISSING}`);
  return path;
}

/**
 * Where the official binary batches are.
 * @param dir - the folder with the files, or with a folder `cifar10` or `cifar-10-batches-bin` that has them; undefined:
 * ALGOPERF_DATA_DIR, else what `data download` fetched
 * @throws UserError if there are none
 */
export function findFolder(dir: string | undefined): string {
  if (dir !== undefined) requireDataDir(dir);
  const cache = findCacheFolder();
  const roots =
    dir !== undefined ? [dir] : [dataRoot() ?? [], cache === undefined ? [] : downloadedData('cifar', cache)].flat();
  const folders = roots.flatMap((path) => FOLDERS.map((folder) => join(path, folder)));
  const found = folders.find((folder) => archive.members.some((name) => fileOf(folder, name)));
  if (found) return found;
  if (roots.length === 0) {
    throw new UserError(
      'there is no CIFAR-10 data: no folder is named, and there is no home folder with a cache to look in.\n' +
        'Say where its binary version is with --data-dir; or set HOME or XDG_CACHE_HOME, and fetch it with `algoperf-ts data download cifar`.',
    );
  }
  const contents = roots.map((root) => (isFolder(root) ? `${describeContents(root, LOOKS)}\n` : '')).join('');
  throw new UserError(
    `there is no CIFAR-10 data in ${roots.join(' or ')}, nor in a folder cifar10 or cifar-10-batches-bin there.\n${contents}` +
      'Fetch it with `algoperf-ts data download cifar`, or say where its binary version is with --data-dir.',
  );
}
