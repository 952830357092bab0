import type {CreateDecoder} from '../../src/data/index.js';
import {bytesFeature, parseTfExample} from '../../src/support/index.js';
import {openTokenizer, type Vocabulary} from './tokenizer.js';

/** The decoder of pairs of sentences, in its thread. */

/** Sentences of more tokens, the end of the sentence among them, are left out. */
export interface PairOptions {
  readonly vocabulary: Vocabulary;
  readonly maxLength: number;
}

/**
 * Fills either `lengths` [2], how many tokens of source and target are not 0, both 0 for a pair that is too long; or `inputs`, `targets`
 * [maxLength] and `weights` [maxLength], 1 where a target is not 0.
 */
export const createDecoder: CreateDecoder<PairOptions> = async ({vocabulary, maxLength}) => {
  const tokenizer = await openTokenizer(vocabulary);
  return (record, {inputs, targets, weights, lengths}) => {
    const example = parseTfExample(record);
    const tokens = ['de', 'en'].map((language) => tokenizer.encode(textOf(bytesFeature(example, language))));
    if (tokens.some(({length}) => length > maxLength)) return;
    lengths?.set(tokens.map(countOf));
    if (!inputs) return;
    inputs.set(tokens[0]!);
    targets!.set(tokens[1]!);
    weights!.set(tokens[1]!.map((token) => Number(token > 0)));
  };
};

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function countOf(tokens: readonly number[]): number {
  return tokens.filter((token) => token > 0).length;
}
