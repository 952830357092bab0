import {existsSync, renameSync, rmSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {PrepareOptions} from '../../src/contract/index.js';
import {type DocumentSize, documentDigest, findTextFiles, readDocuments, splitDocuments} from '../../src/data/index.js';
import {diskError, makeFolder, UserError, writeWhole} from '../../src/support/index.js';
import {FILES, type TokensAbout} from './files.js';

type Split = 'train' | 'validation';

/**
 * Makes token files of text: GPT-2's tokens of every document, each with the token that ends it. Documents are split into training and
 * validation before anything else. They are read twice, one at a time, so that the text may be larger than memory.
 * @throws UserError if data is there already, a file can't be read or is no text, there are not two different documents, or the folder
 * can't be written
 */
export async function prepareTokens({text, into, onStep, onProgress}: PrepareOptions): Promise<TokensAbout> {
  if (existsSync(join(into, FILES.about)))
    throw new UserError(`${into}: there is prepared data already; remove it, or name another folder with --data-dir`);
  const files = findTextFiles(text, '--text');
  onStep?.(`Reading ${files.length === 1 ? 'a file' : `${files.length} files`}`);
  const documents: DocumentSize[] = [];
  for (const file of files)
    for await (const {bytes} of readDocuments(file))
      documents.push({digest: documentDigest(bytes), bytes: bytes.length});
  if (new Set(documents.map(({digest}) => digest)).size < 2)
    throw new UserError(
      `--text: at least two different documents are needed, one for validation; found ${documents.length}. A file is a document, or a line of a .jsonl.`,
    );
  const isHeldOut = splitDocuments(documents);
  onStep?.(`Tokenizing ${documents.length} documents`);
  const total = documents.reduce((sum, {bytes}) => sum + bytes, 0);
  try {
    makeFolder(into);
    const counts = await writeTokens(files, {
      into,
      splitOf: (document) => (isHeldOut[document] ? 'validation' : 'train'),
      onDone: (bytes) => onProgress?.(bytes, total),
    });
    const about: TokensAbout = {tokenizer: 'gpt2', ...counts};
    writeWhole(join(into, FILES.about), `${JSON.stringify(about, null, 2)}\n`);
    return about;
  } catch (cause) {
    throw diskError(into, cause);
  }
}

interface Writing {
  readonly into: string;
  splitOf(document: number): Split;
  onDone(bytes: number): void;
}

/** Writes both files beside their places and renames them there. @returns how many tokens each has */
async function writeTokens(
  files: readonly string[],
  {into, splitOf, onDone}: Writing,
): Promise<{[split in Split]: number}> {
  const pathOf = (split: Split): string => join(into, `${FILES[split]}.${process.pid}.tmp`);
  const handles = {train: await open(pathOf('train'), 'w'), validation: await open(pathOf('validation'), 'w')};
  const counts = {train: 0, validation: 0};
  const threads = tokenizers();
  try {
    let [document, done] = [0, 0];
    const write = async ({tokens, split, bytes}: Tokenized): Promise<void> => {
      await writeAll(handles[split], new Uint8Array(tokens.buffer));
      counts[split] += tokens.length;
      done += bytes;
      onDone(done);
    };
    const waiting: Promise<Tokenized>[] = [];
    for (const file of files) {
      for await (const {bytes} of readDocuments(file)) {
        const [split, thread] = [splitOf(document), threads[document % threads.length]!];
        waiting.push(tokenized(thread, bytes).then((tokens) => ({tokens, split, bytes: bytes.length})));
        document += 1;
        if (waiting.length > 2 * threads.length) await write(await waiting.shift()!);
      }
    }
    for (const each of waiting) await write(await each);
    for (const handle of Object.values(handles)) await handle.sync();
    for (const split of ['train', 'validation'] as const) renameSync(pathOf(split), join(into, FILES[split]));
    return counts;
  } finally {
    await Promise.all(threads.map(({worker}) => worker.terminate()));
    for (const handle of Object.values(handles)) await handle.close();
    for (const split of ['train', 'validation'] as const) rmSync(pathOf(split), {force: true});
  }
}

interface Tokenized {
  readonly tokens: Uint16Array;
  readonly split: Split;
  readonly bytes: number;
}

/** A thread and the documents that it was sent and has not answered: it answers in their order. */
interface Tokenizer {
  readonly worker: Worker;
  readonly answers: ((tokens: Uint16Array | Error) => void)[];
}

function tokenizers(): Tokenizer[] {
  return Array.from({length: availableParallelism()}, () => {
    const worker = new Worker(new URL('./tokenizer-thread.js', import.meta.url));
    const answers: Tokenizer['answers'] = [];
    worker.on('message', (tokens: Uint16Array) => answers.shift()!(tokens));
    worker.on('error', (error) => {
      for (const answer of answers.splice(0)) answer(error);
    });
    return {worker, answers};
  });
}

function tokenized({worker, answers}: Tokenizer, bytes: Uint8Array): Promise<Uint16Array> {
  return new Promise((resolve, reject) => {
    answers.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    worker.postMessage(bytes);
  });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}
