import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type {Dataset, HostBatch, Rows} from '../../src/contract/index.js';
import {
  type ArraySource,
  arraySource,
  documentDigest,
  type Examples,
  findTextFiles,
  readDocuments,
  splitDocuments,
  type TextDocument,
} from '../../src/data/index.js';
import {dataRoot} from '../../src/download/index.js';
import {isFolder, UserError} from '../../src/support/index.js';
import {tokenBatch} from '../language-model/index.js';

/** Tokens that a sequence has the model read; it has one more, the last one's target. */
export const LENGTH = 128;

/** The token after a document: a byte that no text has. */
export const END_OF_DOCUMENT = 0;

/** What a text is held in memory for. */
const MOST_BYTES = 4 * 2 ** 30;

/** Where the last tenth of a single document begins, and how far behind that a line's end is looked for. */
const [TRAIN_SHARE, SEARCHED_SHARE] = [0.9, 0.02];

/**
 * Reads text as bytes. Documents are the files of a folder, or the lines of .jsonl files; they are split into training and validation
 * before anything else. A text of one document is cut behind nine tenths.
 * @param dir - a folder with text files; undefined: the folder `text_lm` in ALGOPERF_DATA_DIR if it is there, else the addresses that
 * come with this tool
 * @throws UserError naming the file that can't be read or is no text, or the text that is too short
 */
export async function loadText(dir: string | undefined): Promise<Dataset> {
  const path = dir ?? namedText() ?? ownText();
  const documents: TextDocument[] = [];
  let bytes = 0;
  for (const file of findTextFiles([path], '--data-dir')) {
    for await (const document of readDocuments(file)) {
      requireNoEnd(document);
      documents.push(document);
      bytes += document.bytes.length;
      if (bytes > MOST_BYTES)
        throw new UserError(`${path}: the text is held in memory and may have ${MOST_BYTES} bytes at most`);
    }
  }
  const {train, validation, note} = splitsOf(documents, path);
  return {
    train: sourceOf(train, path, 'training'),
    validation: sourceOf(validation, path, 'validation'),
    source: path === ownText() ? 'State of the Union addresses, 1961 to 2000' : path,
    ...(note !== undefined && {note}),
  };
}

/** Of a file that would have been said before; a JSON string can have it all the same. */
function requireNoEnd({name, bytes}: TextDocument): void {
  const at = bytes.indexOf(END_OF_DOCUMENT);
  if (at >= 0)
    throw new UserError(
      `${name}: byte ${at} of this text is 0, which ends a document here; remove it, or divide the text`,
    );
}

function namedText(): string | undefined {
  const root = dataRoot();
  const path = root === undefined ? undefined : join(root, 'text_lm');
  return path !== undefined && isFolder(path) ? path : undefined;
}

function ownText(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve('algoperf-ts/package.json')), 'workloads', 'text_lm', 'addresses.jsonl.gz');
}

interface Splits {
  readonly train: readonly Uint8Array[];
  readonly validation: readonly Uint8Array[];
  readonly note?: string;
}

function splitsOf(documents: readonly TextDocument[], path: string): Splits {
  const sizes = documents.map(({bytes}) => ({digest: documentDigest(bytes), bytes: bytes.length}));
  if (new Set(sizes.map(({digest}) => digest)).size > 1) {
    const isHeldOut = splitDocuments(sizes);
    const some = (held: number) => documents.filter((_, i) => isHeldOut[i] === held).map(({bytes}) => bytes);
    return {train: some(0), validation: some(1)};
  }
  if (documents.length === 0) throw new UserError(`${path}: there is no text: all files are empty`);
  const {bytes} = documents[0]!;
  const at = cutOf(bytes);
  return {
    train: [bytes.subarray(0, at)],
    validation: [bytes.subarray(at)],
    note: `${path} is one document: its last tenth, from byte ${at} on, is the validation split.`,
  };
}

/** Where a document is cut: behind a line's end if there is one near, else before a character of UTF-8. */
function cutOf(bytes: Uint8Array): number {
  const from = Math.floor(bytes.length * TRAIN_SHARE);
  const line = bytes.subarray(from, from + Math.ceil(bytes.length * SEARCHED_SHARE)).indexOf(10);
  if (line >= 0) return from + line + 1;
  const isWithin = (at: number): boolean => (bytes[at]! & 0xc0) === 0x80;
  return [from, from - 1, from - 2, from - 3].find((at) => at > 0 && !isWithin(at)) ?? from;
}

/** The documents one after the other, each with the token that ends it, in sequences that do not overlap. */
function sourceOf(documents: readonly Uint8Array[], path: string, split: string): ArraySource {
  const length = documents.reduce((sum, bytes) => sum + bytes.length + 1, 0);
  const count = Math.floor(length / (LENGTH + 1));
  if (count === 0)
    throw new UserError(`${path}: the text is too short: ${split} needs ${LENGTH} bytes at least, found ${length - 1}`);
  const stream = new Uint8Array(length); // filled with END_OF_DOCUMENT
  let at = 0;
  for (const bytes of documents) {
    stream.set(bytes, at);
    at += bytes.length + 1;
  }
  const data = stream.subarray(0, count * (LENGTH + 1));
  return arraySource({tokens: {shape: [count, LENGTH + 1], dtype: 'uint8', data}}, makeBatch);
}

function makeBatch({tokens}: Examples, rows: Rows): HostBatch {
  const sequenceAt = (row: number) => tokens!.data.subarray(row * (LENGTH + 1), (row + 1) * (LENGTH + 1));
  return tokenBatch(Array.from(rows, sequenceAt), LENGTH);
}
