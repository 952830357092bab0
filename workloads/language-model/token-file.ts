import {createHash} from 'node:crypto';
import type {FileHandle} from 'node:fs/promises';
import type {Rows, Source} from '../../src/contract/index.js';
import {openDataFile} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {tokenBatch} from './batch.js';

const TOKEN_BYTES = 2;

/** Sequences that a fingerprint looks at. */
const FINGERPRINTED = 64;

/** A file of tokens, each an unsigned 16-bit number, the lower byte first. */
export interface TokenFile {
  readonly file: string;
  /** How many tokens it has to have; undefined: any number. */
  readonly tokens?: number;
  /** Tokens that a sequence has the model read. */
  readonly length: number;
  /** Tokens are below it; at most 65,536. */
  readonly vocabulary: number;
}

/**
 * The sequences of a file of tokens: `length + 1` tokens each, one after the other, of which the last ones that make no sequence are
 * left out. They are read when they are asked for, so that the file may be larger than memory.
 * @throws UserError naming the file, if it can't be read, is cut, has other than 16-bit tokens, or too few for a sequence
 */
export async function tokenSource({file, tokens, length, vocabulary}: TokenFile): Promise<Source> {
  const {handle, size: bytes} = await openDataFile(file);
  const problem = sizeProblem(bytes, tokens, length);
  if (problem) {
    await handle.close();
    throw new UserError(`${file}: ${problem}`);
  }
  const size = Math.floor(bytes / TOKEN_BYTES / (length + 1));
  const read = (row: number): Promise<Uint16Array> => sequenceAt(handle, file, row, {length, vocabulary});
  return {
    size,
    async read(rows: Rows) {
      return tokenBatch(await Promise.all(Array.from(rows, read)), length);
    },
    async fingerprint() {
      const hash = createHash('sha256').update(`${bytes} ${length}\n`);
      const step = Math.max(1, Math.floor(size / FINGERPRINTED));
      for (let row = 0; row < size; row += step) hash.update(await read(row));
      return hash.digest('hex');
    },
    close: () => handle.close(),
  };
}

function sizeProblem(bytes: number, tokens: number | undefined, length: number): string | undefined {
  const found = `found ${bytes} bytes`;
  const again = 'prepare the data again';
  if (tokens !== undefined && bytes < tokens * TOKEN_BYTES)
    return `the file is cut: ${tokens} tokens take ${tokens * TOKEN_BYTES} bytes, ${found}; ${again}`;
  if (tokens !== undefined && bytes > tokens * TOKEN_BYTES)
    return `the file is too long: ${tokens} tokens take ${tokens * TOKEN_BYTES} bytes, ${found}; ${again}`;
  if (bytes % TOKEN_BYTES !== 0) return `a token takes ${TOKEN_BYTES} bytes, but the file has ${bytes}; ${again}`;
  const needed = (length + 1) * TOKEN_BYTES;
  return bytes < needed
    ? `a sequence of ${length + 1} tokens takes ${needed} bytes, ${found}: remove the data and prepare it of more text`
    : undefined;
}

async function sequenceAt(
  handle: FileHandle,
  file: string,
  row: number,
  {length, vocabulary}: Pick<TokenFile, 'length' | 'vocabulary'>,
): Promise<Uint16Array> {
  const tokens = new Uint16Array(length + 1);
  const bytes = new Uint8Array(tokens.buffer);
  const from = row * bytes.length;
  const {bytesRead} = await handle.read(bytes, 0, bytes.length, from);
  if (bytesRead < bytes.length) throw new UserError(`${file}: it has become shorter meanwhile`);
  const wrong = tokens.findIndex((token) => token >= vocabulary);
  if (wrong >= 0)
    throw new UserError(
      `${file}: token ${from / TOKEN_BYTES + wrong} is ${tokens[wrong]}, but the vocabulary has ${vocabulary}: the file is damaged or made with another tokenizer; prepare the data again`,
    );
  return tokens;
}
