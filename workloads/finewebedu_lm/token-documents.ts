import {existsSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {arrowLists, findTextFiles} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {SNAPSHOT_METADATA, snapshotElements, snapshotFiles} from './snapshot.js';
import {END_OF_DOCUMENT} from './tokenize.js';

/** The column that Hugging Face's tokenizers write. */
const COLUMN = 'input_ids';

/** `data-00003-of-00080.arrow` */
const SHARD = /^(.*-)(\d+)-of-(\d+)\.arrow$/;

/**
 * The files of documents that were tokenized before, below some paths: Arrow files with a column `input_ids`, or data sets saved by
 * tf.data, as AlgoPerf's preparation of FineWeb-Edu leaves both.
 * @throws UserError naming the file that is missing, or what was found in their place
 */
export async function findTokenFiles(paths: readonly string[]): Promise<string[]> {
  const all = findTextFiles(paths, '--tokens');
  const arrows = all.filter((file) => file.endsWith('.arrow'));
  const saved = all.filter((file) => basename(file) === SNAPSHOT_METADATA);
  if (arrows.length > 0 && saved.length > 0)
    throw new UserError(
      `--tokens: there are Arrow files and data sets saved by tf.data, which may be of the same documents: name one of them, such as ${dirname(arrows[0]!)}`,
    );
  if (arrows.length > 0) {
    requireShards(arrows.filter((file) => !paths.includes(file)));
    return arrows;
  }
  if (saved.length > 0) return (await Promise.all(saved.map((file) => snapshotFiles(file, all)))).flat();
  throw new UserError(
    `--tokens: there is no .arrow and no ${SNAPSHOT_METADATA} in ${paths.map((path) => `'${path}'`).join(', ')}. AlgoPerf leaves them in fwedu_10B_tokenized, train and val; text is named by --text.`,
  );
}

/** @throws UserError naming the first file that is missing of those that the others' names tell of */
function requireShards(files: readonly string[]): void {
  for (const file of files) {
    const [, name, digits, count] = SHARD.exec(basename(file)) ?? [];
    for (let shard = 0; shard < Number(count ?? 0); shard++) {
      const path = join(dirname(file), `${name}${`${shard}`.padStart(digits!.length, '0')}-of-${count}.arrow`);
      if (!existsSync(path))
        throw new UserError(`${path}: there is no such file; ${basename(file)} is one of ${Number(count)}`);
    }
  }
}

/**
 * The documents of a file that {@link findTokenFiles} found, each with the token that ends it. Empty ones are left out.
 * @throws UserError naming the file that is damaged, or the document that has other than GPT-2's tokens
 */
export async function* readTokenDocuments(file: string): AsyncGenerator<Uint16Array> {
  let document = -1;
  for await (const values of file.endsWith('.arrow') ? arrowLists(file, COLUMN) : snapshotElements(file)) {
    document += 1;
    const tokens = tokensFrom(values, `${file}: document ${document}`);
    if (tokens.length > 0) yield tokens;
  }
}

function tokensFrom(values: ArrayLike<unknown> | null, place: string): Uint16Array {
  if (values === null) return new Uint16Array();
  const last = values.length - 1;
  const isEnded = last < 0 || values[last] === END_OF_DOCUMENT;
  const tokens = new Uint16Array(values.length + (isEnded ? 0 : 1)).fill(END_OF_DOCUMENT);
  for (let i = 0; i <= last; i++) {
    const value = values[i];
    const token = typeof value === 'bigint' ? Number(value) : value;
    if (!(isInteger(token) && token >= 0 && token <= END_OF_DOCUMENT))
      throw new UserError(`${place}: token ${i} is ${value}; GPT-2's are 0 to ${END_OF_DOCUMENT}`);
    tokens[i] = token;
  }
  return tokens;
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
