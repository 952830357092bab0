import {createRequire} from 'node:module';
import {UserError} from '../../src/support/index.js';

/** Numbers of pieces that a model trained with SentencePiece's defaults has. The unknown piece's is also that of padding. */
export const UNKNOWN = 0;
export const END = 2;

/** A SentencePiece model. */
export interface Vocabulary {
  readonly path: string;
  /** How many pieces it has. */
  readonly size: number;
}

/** Texts to numbers of pieces, and back. */
export interface Tokenizer {
  /** The pieces of a text, with the end of the sentence. */
  encode(text: string): number[];
  /** The text of pieces. Numbers past the vocabulary are unknown pieces; controls, such as the end, give no text. */
  decode(pieces: readonly number[]): string;
}

/** The package's face, and the outcome of the last call, which `load` does not look at. */
interface Processor {
  readonly processor: {status(): {ToString(): string; delete(): void}};
  load(path: string): Promise<void>;
  encodeIds(text: string): number[];
  decodeIds(ids: readonly number[]): string;
}

const require = createRequire(import.meta.url);

/**
 * Opens a SentencePiece model, in a thread or where translations are evaluated.
 * @throws UserError naming the file, if it can't be loaded
 * @see {@link https://arxiv.org/abs/1808.06226 | Kudo & Richardson 2018}
 */
export async function openTokenizer({path, size}: Vocabulary): Promise<Tokenizer> {
  // Required when it is opened: it takes a tenth of a second to load.
  const {SentencePieceProcessor} = require('@agnai/sentencepiece-js') as {SentencePieceProcessor: new () => Processor};
  const processor = new SentencePieceProcessor();
  await processor.load(path);
  const status = processor.processor.status();
  const outcome = status.ToString();
  status.delete();
  // Without this, what can't be loaded has no pieces for any text.
  if (outcome !== 'OK')
    throw new UserError(`${path}: SentencePiece can't load it (${outcome}): it is damaged; fetch or make it again`);
  return {
    encode: (text) => [...processor.encodeIds(text), END],
    decode: (pieces) => processor.decodeIds(pieces.map((piece) => (piece < size ? piece : UNKNOWN))),
  };
}
