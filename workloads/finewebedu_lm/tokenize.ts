import {BytePairEncodingCore} from 'gpt-tokenizer/BytePairEncodingCore';
import ranks from 'gpt-tokenizer/bpeRanks/r50k_base';
import type {Tokenizer} from '../language-model/index.js';

/** The token after a document, `<|endoftext|>`. */
export const END_OF_DOCUMENT = 50_256;

/** A longer run of characters with no white space between them, or of white space alone, is cut: joining its pieces takes time by the square of its length. */
const LONGEST_RUN = 512;

/** Characters that are tokenized at once. */
const PIECE = 1 << 20;

/** White space as Unicode has it, and GPT-2: JavaScript's own `\s` has U+FEFF as well, and lacks U+0085. */
const [SPACE, NO_SPACE] = ['\\p{White_Space}', '\\P{White_Space}'];

/** No text stands for a token of control, also not `<|endoftext|>`. */
const gpt2 = new BytePairEncodingCore({
  bytePairRankDecoder: ranks,
  tokenSplitRegex: new RegExp(
    `'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${SPACE}\\p{L}\\p{N}]+|${SPACE}+(?!${NO_SPACE})|${SPACE}+`,
    'gu',
  ),
  specialTokensEncoder: new Map([['<|endoftext|>', END_OF_DOCUMENT]]),
});

/** GPT-2's. */
export const tokenizer: Tokenizer = {
  encode: (text) => [...tokensOf(Buffer.from(text))].slice(0, -1),
  decode: (tokens) => gpt2.decodeNative(tokens),
  endOfDocument: END_OF_DOCUMENT,
};

/**
 * GPT-2's tokens of a document, with the one that ends it.
 * @param bytes - in UTF-8; what is invalid becomes U+FFFD
 */
export function tokensOf(bytes: Uint8Array): Uint16Array {
  const tokens: Uint16Array[] = [];
  let count = 0;
  for (const piece of piecesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))) {
    const some = Uint16Array.from(gpt2.encodeNative(piece));
    tokens.push(some);
    count += some.length;
  }
  const all = new Uint16Array(count + 1);
  let at = 0;
  for (const some of tokens) {
    all.set(some, at);
    at += some.length;
  }
  all[at] = END_OF_DOCUMENT;
  return all;
}

/** A text in pieces whose tokens are those of the whole, but for runs that are longer than {@link LONGEST_RUN}. */
function* piecesOf(bytes: Buffer): Generator<string> {
  for (let from = 0; from < bytes.length; ) {
    const to = pieceEnd(bytes, from);
    const words = bytes.toString('utf8', from, to);
    yield* words.length > LONGEST_RUN ? withShortRuns(words) : [words];
    from = to;
  }
}

/** Before white space that follows something else, which begins a token; without any, before a character. */
function pieceEnd(bytes: Buffer, from: number): number {
  const last = Math.min(from + PIECE, bytes.length);
  if (last === bytes.length) return last;
  for (let at = last - 1; at > from + PIECE / 2; at--)
    if (isSpaceAt(bytes, at) && !isSpaceAt(bytes, characterStart(bytes, at - 1))) return at;
  return characterStart(bytes, last);
}

const LONG_RUN = new RegExp(`${NO_SPACE}{${LONGEST_RUN}}(?=${NO_SPACE})|${SPACE}{${LONGEST_RUN}}(?=${SPACE})`, 'gu');

/** Whether a character of white space begins there; none has more than three bytes. */
function isSpaceAt(bytes: Buffer, at: number): boolean {
  const isWithin = (bytes[at]! & 0xc0) === 0x80;
  return !isWithin && /^\p{White_Space}/u.test(bytes.toString('utf8', at, at + 3));
}

/** Where the character begins that a byte is of. */
function characterStart(bytes: Buffer, of: number): number {
  let at = of;
  while (at > of - 3 && (bytes[at]! & 0xc0) === 0x80) at--;
  return at;
}

function* withShortRuns(text: string): Generator<string> {
  let from = 0;
  for (const {index, 0: run} of text.matchAll(LONG_RUN)) {
    yield text.slice(from, index + run.length);
    from = index + run.length;
  }
  if (from < text.length) yield text.slice(from);
}
