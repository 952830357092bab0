import {lstatSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {join} from 'node:path';
import type {PrepareOptions} from '../../src/contract/index.js';
import {type DocumentSize, documentDigest, splitDocuments} from '../../src/data/index.js';
import {withFileLock} from '../../src/download/index.js';
import {
  count,
  diskError,
  leftOf,
  makeFolder,
  removeLeftOf,
  requireWritableFolder,
  temporaryPath,
  UserError,
  withTemporary,
} from '../../src/support/index.js';
import {type Documents, findDocuments} from './documents.js';
import {FILES, LENGTH, type TokensAbout} from './files.js';

/** Of GPT-2's, in English. */
const LETTERS_PER_TOKEN = 4.5;

const SPLITS = ['train', 'validation'] as const;

type Split = (typeof SPLITS)[number];

/**
 * Makes token files of text, or of documents that were tokenized before: GPT-2's tokens of every document, each with the token that ends
 * it. Documents are split into training and validation before anything else. They are read twice, one at a time, so that they may be
 * larger than memory; they must be the same both times.
 * @param sequence - tokens that each split must have at least
 * @throws UserError if data is there already, or a part of it, a file can't be read, is of another form or changes meanwhile, there are not two different documents, a split
 * has too few tokens for one sequence, or the folder can't be written
 */
export async function prepareTokens(
  {into, onStep, onProgress, ...named}: PrepareOptions,
  sequence = LENGTH + 1,
): Promise<TokensAbout> {
  requireNoData(into);
  const documents = await findDocuments(named);
  const {files, work, isEachOnce} = documents;
  requireWritableFolder(into);
  onStep?.(`Reading ${files.length === 1 ? 'a file' : `${files.length} files`}`);
  const sizes = await sizesOf(documents);
  const splits = splitsOf(sizes, isEachOnce);
  const read = sizes.map((document, i): ReadDocument => ({...document, split: splits[i]}));
  const taken = read.filter(({split}) => split !== undefined);
  const again = sizes.length - taken.length;
  onStep?.(`${work} ${count(taken.length)} documents${again > 0 ? `, without ${count(again)} that come again` : ''}`);
  const total = taken.reduce((sum, {bytes}) => sum + bytes, 0);
  const writing: Writing = {into, read, sequence, onDone: (bytes) => onProgress?.(bytes, total)};
  try {
    makeFolder(into);
    return await withFileLock(join(into, LOCK), {
      onWait: (holder) => onStep?.(`waiting for another preparation in ${into} (${holder})`),
      work: () => writeData(documents, writing),
    });
  } catch (cause) {
    throw diskError(into, cause);
  }
}

/** Held while data is written. */
const LOCK = 'prepare.lock';

/** While no other process writes there; one that did so before may have made the data. */
async function writeData(documents: Documents, writing: Writing): Promise<TokensAbout> {
  const {into} = writing;
  requireNoData(into);
  if (isHalfMoved(into)) for (const split of SPLITS) rmSync(join(into, FILES[split]), {force: true});
  removeLeftOf(...Object.values(FILES).map((name) => join(into, name)));
  return withTemporary(
    Object.values(FILES).map((name) => temporaryPath(join(into, name))),
    async () => {
      const about: TokensAbout = {tokenizer: 'gpt2', ...(await writeTokens(documents, writing))};
      moveThere(into, about);
      return about;
    },
  );
}

/** At once, so that a signal finds all of the data or none; of a kill meanwhile, that the file about it waits is left. */
function moveThere(into: string, about: TokensAbout): void {
  requireNoData(into);
  writeFileSync(temporaryPath(join(into, FILES.about)), `${JSON.stringify(about, null, 2)}\n`, {flush: true});
  for (const name of [FILES.train, FILES.validation, FILES.about])
    renameSync(temporaryPath(join(into, name)), join(into, name));
}

/** Whether a preparation was killed while it moved its files to their places. */
function isHalfMoved(into: string): boolean {
  return leftOf(join(into, FILES.about)).length > 0 && !isThere(join(into, FILES.about));
}

/** Links that lead nowhere are there, too. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

/** @throws UserError if data is there already, or a part of it */
function requireNoData(into: string): void {
  const found = [FILES.about, FILES.train, FILES.validation].find((name) => isThere(join(into, name)));
  if (found === undefined || isHalfMoved(into)) return;
  if (found === FILES.about)
    throw new UserError(`${into}: there is prepared data already; remove it, or name another folder with --data-dir`);
  throw new UserError(
    `${join(into, found)}: it is there already, without the ${FILES.about} that prepared data has; remove it, or name another folder with --data-dir`,
  );
}

interface InFile {
  /** Its number: a file may be named twice. */
  readonly file: number;
}

/** A document as it was read first. */
interface ReadDocument extends DocumentSize, InFile {
  /** Undefined for one that is left out. */
  readonly split: Split | undefined;
}

/** @throws UserError if there are not two different documents */
async function sizesOf({files, read, givenBy, unit}: Documents): Promise<(DocumentSize & InFile)[]> {
  const sizes: (DocumentSize & InFile)[] = [];
  for (const [file, path] of files.entries())
    for await (const bytes of read(path)) sizes.push({file, digest: documentDigest(bytes), bytes: bytes.length});
  const [first] = sizes;
  if (sizes.some(({digest}) => digest !== first!.digest)) return sizes;
  throw new UserError(
    `${givenBy}: at least two different documents are needed, one for validation; found ${sizes.length}. ${unit}`,
  );
}

/** The split of each document; undefined for one that came before, where each counts once. */
function splitsOf(sizes: readonly DocumentSize[], isEachOnce: boolean): (Split | undefined)[] {
  const seen = new Set<number>();
  const isLeftOut = sizes.map(({digest}) => isEachOnce && seen.size === seen.add(digest).size);
  const isHeldOut = splitDocuments(sizes.filter((_, i) => !isLeftOut[i]));
  let next = 0;
  return isLeftOut.map((left) => (left ? undefined : isHeldOut[next++] ? 'validation' : 'train'));
}

interface Writing {
  readonly into: string;
  /** All documents, in the order of reading. */
  readonly read: readonly ReadDocument[];
  /** Tokens that each split must have at least. */
  readonly sequence: number;
  onDone(bytes: number): void;
}

interface Tokenized {
  readonly tokens: Uint16Array;
  readonly split: Split;
  readonly bytes: number;
}

/**
 * Writes both files beside their places.
 * @returns how many tokens each has
 * @throws UserError if those are too few, or a file has changed since it was read first
 */
async function writeTokens(
  documents: Documents,
  {into, read, sequence, onDone}: Writing,
): Promise<{[split in Split]: number}> {
  const handles = {
    train: await open(temporaryPath(join(into, FILES.train)), 'w'),
    validation: await open(temporaryPath(join(into, FILES.validation)), 'w'),
  };
  const counts = {train: 0, validation: 0};
  const tokenizers = documents.openTokenizers();
  try {
    let done = 0;
    const write = async ({tokens, split, bytes}: Tokenized): Promise<void> => {
      await writeAll(handles[split], bytesOf(tokens));
      counts[split] += tokens.length;
      done += bytes;
      onDone(done);
    };
    const waiting: Promise<Tokenized>[] = [];
    for await (const {bytes, split} of readAgain(documents, read)) {
      if (split === undefined) continue;
      waiting.push(tokenizers.tokensOf(bytes).then((tokens) => ({tokens, split, bytes: bytes.length})));
      if (waiting.length > tokenizers.mostWaiting) await write(await waiting.shift()!);
    }
    for (const each of waiting) await write(await each);
    requireSequences(counts, sequence, documents.givenBy);
    for (const handle of Object.values(handles)) await handle.sync();
    return counts;
  } finally {
    await tokenizers.close();
    for (const handle of Object.values(handles)) await handle.close();
  }
}

/** All documents once more, each with its split. @throws UserError naming a file that has changed */
async function* readAgain({files, read: contentsOf}: Documents, read: readonly ReadDocument[]) {
  let at = 0;
  for (const [file, path] of files.entries()) {
    for await (const bytes of contentsOf(path)) {
      const first = read[at++];
      if (first?.file !== file || first.digest !== documentDigest(bytes)) throw changed(path);
      yield {bytes, split: first.split};
    }
    if (read[at]?.file === file) throw changed(path);
  }
}

function changed(file: string): UserError {
  return new UserError(
    `${file}: it has changed while it was prepared, so that its documents might get into both splits; begin again when nothing writes to it`,
  );
}

/** What a validation split of one sequence needs is ten times as much in all, as a tenth at most is held out. */
function requireSequences(counts: {readonly [split in Split]: number}, sequence: number, givenBy: string): void {
  const short = SPLITS.find((split) => counts[split] < sequence);
  if (short === undefined) return;
  const [needed, found] = [10 * sequence, counts.train + counts.validation];
  const letters = 1000 * Math.ceil((LETTERS_PER_TOKEN * needed) / 1000);
  throw new UserError(
    `${givenBy}: too little text: the ${short} split has ${count(counts[short])} of its ${count(found)} tokens, and one sequence takes ` +
      `${count(sequence)}. A tenth of the documents at most is for validation: name ${count(needed)} tokens or more, about ` +
      `${count(letters)} letters of English, in documents each of which is less than a tenth of all.`,
  );
}

function bytesOf({buffer, byteOffset, byteLength}: Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}
