import {z} from 'zod';
import type {Metric} from '../contract/index.js';
import {roundedExp, roundedLog} from '../support/index.js';
import {metricOptions} from './options.js';
import {textsOf} from './outputs.js';
import {tokenize13a, withoutEndingBlanks} from './tokenize-13a.js';

/** The longest n-grams that count. */
const ORDER = 4;

/** What BLEU is computed from: sums over sentences. */
export interface BleuCounts {
  readonly [name: string]: number | readonly number[];
  /** How many n-grams of the translations are in their references, for n from 1 to 4. */
  readonly matches: readonly number[];
  /** How many n-grams the translations have. */
  readonly totals: readonly number[];
  /** Tokens of the translations. */
  readonly length: number;
  /** Tokens of the references. */
  readonly referenceLength: number;
}

/** Where the sentences are found. */
export interface BleuOptions {
  /** The output with the batch's translations, a list of texts; default `translations`. */
  readonly of?: string;
  /** The output with their references, a list of as many texts; default `references`. */
  readonly against?: string;
}

const bleuOptions = z.strictObject({of: z.string().default('translations'), against: z.string().default('references')});

/**
 * BLEU of a corpus with one reference a sentence, from 0 to 100: n-grams up to 4, tokenizer 13a, `exp` smoothing. Same value as
 * sacreBLEU's `corpus_bleu`.
 * @throws RangeError if the name is no text, or naming every option that is wrong or unknown
 * @see {@link https://aclanthology.org/W18-6319/ | Post 2018}, A call for clarity in reporting BLEU scores
 */
export function bleu(name = 'bleu', options: BleuOptions = {}): Metric<BleuCounts> {
  const {of, against} = metricOptions('bleu', bleuOptions, name, options);
  return {
    name,
    start: () => ({matches: zeros(), totals: zeros(), length: 0, referenceLength: 0}),
    add(counts, outputs) {
      const translations = textsOf(outputs, of, name);
      const references = textsOf(outputs, against, name);
      if (translations.length !== references.length)
        throw new RangeError(
          `metric '${name}' needs a reference for each translation, got ${translations.length} translations and ${references.length} references`,
        );
      return translations.reduce((sum, text, i) => added(sum, text, references[i]!), counts);
    },
    finish: bleuOf,
  };
}

const zeros = (): number[] => new Array(ORDER).fill(0);

function added(counts: BleuCounts, translation: string, reference: string): BleuCounts {
  const [tokens, wanted] = [translation, reference].map((text) => tokenize13a(withoutEndingBlanks(text))) as [
    string[],
    string[],
  ];
  const matches = counts.matches.map((sum, i) => sum + matchesOf(tokens, wanted, i + 1));
  const totals = counts.totals.map((sum, i) => sum + Math.max(0, tokens.length - i));
  return {
    matches,
    totals,
    length: counts.length + tokens.length,
    referenceLength: counts.referenceLength + wanted.length,
  };
}

/** How many n-grams are in the reference, each counted as often as it is there at most. */
function matchesOf(tokens: readonly string[], reference: readonly string[], n: number): number {
  const left = new Map<string, number>();
  for (const gram of gramsOf(reference, n)) left.set(gram, (left.get(gram) ?? 0) + 1);
  let matches = 0;
  for (const gram of gramsOf(tokens, n)) {
    const count = left.get(gram) ?? 0;
    if (count === 0) continue;
    matches += 1;
    left.set(gram, count - 1);
  }
  return matches;
}

/** Tokens have no blanks, so that joined by one they are told apart. */
function gramsOf(tokens: readonly string[], n: number): string[] {
  return tokens.slice(n - 1).map((_, i) => tokens.slice(i, i + n).join(' '));
}

/** An order without a match counts as half a match, the next one without as a quarter, and so on. */
function bleuOf({matches, totals, length, referenceLength}: BleuCounts): number {
  // Without a single match there is nothing to smooth; without a translation of 4 tokens an order is missing.
  if (matches.every((count) => count === 0) || totals.includes(0)) return 0;
  let smoothing = 1;
  let sum = 0;
  for (const [i, total] of totals.entries()) {
    if (matches[i] === 0) smoothing *= 2;
    sum += roundedLog(matches[i] === 0 ? 100 / (smoothing * total) : (100 * matches[i]!) / total);
  }
  const brevity = length < referenceLength ? roundedExp(1 - referenceLength / length) : 1;
  return brevity * roundedExp(sum / ORDER);
}
