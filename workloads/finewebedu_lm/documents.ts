import type {PrepareOptions} from '../../src/contract/index.js';
import {findTextFiles, readDocuments} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {findTokenFiles, readTokenDocuments} from './token-documents.js';
import {openTokenizers, type Tokenizers} from './tokenizers.js';

/** Documents in files, which can be read again and again. */
export interface Documents {
  readonly files: readonly string[];
  /** For messages: what names the files, and what a document is. */
  readonly givenBy: string;
  readonly unit: string;
  /** What is done with them, for the user to see. */
  readonly work: 'Tokenizing' | 'Writing';
  /** Whether a document that comes again is left out. */
  readonly isEachOnce: boolean;
  /** The documents of a file, as bytes. */
  read(file: string): AsyncGenerator<Uint8Array>;
  /** What makes tokens of documents' bytes. */
  openTokenizers(): Tokenizers;
}

/** @throws UserError if neither text nor tokens are named, or both, or a path has none */
export async function findDocuments({text, tokens}: Pick<PrepareOptions, 'text' | 'tokens'>): Promise<Documents> {
  if ((text === undefined) === (tokens === undefined))
    throw new UserError('data prepare: name the documents by --text, or by --tokens if they are tokenized already');
  return tokens === undefined ? textDocuments(text!) : tokenizedDocuments(tokens);
}

function textDocuments(text: readonly string[]): Documents {
  const files = findTextFiles(text, '--text');
  const other = files.find((file) => /\.(arrow|snapshot)$/.test(file));
  if (other !== undefined)
    throw new UserError(
      `--text: ${other} is no text. If it has GPT-2's tokens, name it by --tokens; else write its texts as .jsonl.`,
    );
  return {
    files,
    givenBy: '--text',
    unit: 'A file is a document, or a line of a .jsonl.',
    work: 'Tokenizing',
    isEachOnce: false,
    async *read(file) {
      for await (const {bytes} of readDocuments(file)) yield bytes;
    },
    openTokenizers,
  };
}

/** AlgoPerf's own splits have documents in common, which would be there twice. */
async function tokenizedDocuments(tokens: readonly string[]): Promise<Documents> {
  return {
    files: await findTokenFiles(tokens),
    givenBy: '--tokens',
    unit: 'A list of tokens is a document.',
    work: 'Writing',
    isEachOnce: true,
    async *read(file) {
      for await (const {buffer, byteOffset, byteLength} of readTokenDocuments(file))
        yield new Uint8Array(buffer, byteOffset, byteLength);
    },
    openTokenizers: () => ({
      mostWaiting: 1,
      tokensOf: async ({buffer, byteOffset, byteLength}) => new Uint16Array(buffer, byteOffset, byteLength / 2),
      close: async () => {},
    }),
  };
}
