import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {bleu, tokenize13a} from '../../src/metrics/index.js';
import ofOddEnds from '../golden/bleu.json' with {type: 'json'};

interface GoldenSet {
  readonly name: string;
  readonly hypotheses: readonly string[];
  readonly references: readonly string[];
  readonly bleu: number;
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  readonly sys_len: number;
  readonly ref_len: number;
  readonly tokenized_hypotheses: readonly string[];
  readonly tokenized_references: readonly string[];
}

/** BLEU over batches of two sentences. */
function bleuOf(translations: readonly string[], references: readonly string[]) {
  const metric = bleu();
  let state = metric.start();
  for (let i = 0; i < translations.length; i += 2) {
    const [some, wanted] = [translations.slice(i, i + 2), references.slice(i, i + 2)];
    // An evaluation may keep the state as JSON.
    state = metric.add(JSON.parse(JSON.stringify(state)), {translations: some, references: wanted}, {});
  }
  return {state, value: metric.finish(state)};
}

const golden = join(process.env.ALGOPERF_DATA_DIR ?? '', 'workload-goldens', 'bleu.json');
const sets: GoldenSet[] = existsSync(golden) ? JSON.parse(readFileSync(golden, 'utf8')).sets : [];

describe.skipIf(sets.length === 0)("sacreBLEU's numbers", () => {
  test.each(sets.map((set) => [set.name, set] as const))('%s', (_, set) => {
    const {state, value} = bleuOf(set.hypotheses, set.references);
    expect(set.hypotheses.map((text) => tokenize13a(text).join(' '))).toEqual(set.tokenized_hypotheses);
    expect(set.references.map((text) => tokenize13a(text).join(' '))).toEqual(set.tokenized_references);
    const {counts: matches, totals, sys_len: length, ref_len: referenceLength} = set;
    expect(state).toEqual({matches, totals, length, referenceLength});
    expect(value).toBe(set.bleu);
  });
});

test.each(ofOddEnds.cases.map((each, i) => [i, each] as const))(
  `corpus %d with odd ends has the counts and the score of ${ofOddEnds.madeBy}`,
  (_, {translations, references, bleu: score, ...counts}) => {
    const {state, value} = bleuOf(translations, references);
    expect(state).toEqual(counts);
    expect(value).toBe(score);
  },
);

describe('bleu', () => {
  test('follows from matches, worked by hand', () => {
    // 4 of 5 words, 2 of 4 pairs, 1 of 3 triples, 0 of 2 quadruples, which count as half a one.
    const {value} = bleuOf(['a b c x d'], ['a b c d e']);
    expect(value).toBeCloseTo(100 * (0.8 * 0.5 * (1 / 3) * 0.25) ** 0.25, 10);
    // As long as the translation says nothing more, a longer reference makes it worse by e^(1 - 6 / 5).
    expect(bleuOf(['a b c x d'], ['a b c d e f']).value).toBeCloseTo(value * Math.exp(-0.2), 10);
  });

  test('a translation that is longer than its reference is no better for it', () => {
    expect(bleuOf(['a b c d e'], ['a b c d']).value).toBeCloseTo(
      100 * ((4 / 5) * (3 / 4) * (2 / 3) * (1 / 2)) ** 0.25,
      10,
    );
  });

  test('n-grams are whole, and of whole tokens', () => {
    expect(bleuOf(['ab c x d'], ['a bc y d']).state.matches).toEqual([1, 0, 0, 0]);
  });

  test('a word counts as often as the reference has it', () => {
    expect(bleuOf(['a a a a a'], ['a a b c d']).state.matches).toEqual([2, 1, 0, 0]);
  });

  test.each([
    ['nothing matches', ['w x y z'], ['a b c d']],
    ['translations are empty', ['', ''], ['a b', 'c d']],
    ['translations are too short for a quadruple', ['a b', 'c'], ['a b', 'c']],
    ['there is no sentence', [], []],
  ])('is 0 where %s', (_, translations, references) => {
    expect(bleuOf(translations, references).value).toBe(0);
  });

  test('names outputs that are missing or of another kind', () => {
    const add = (outputs: object) => () => bleu().add(bleu().start(), outputs as never, {});
    expect(add({references: [], b: 1})).toThrow(
      "metric 'bleu' needs a list of texts as output 'translations', but the evaluation gives references, b",
    );
    expect(add({translations: [1], references: ['a']})).toThrow("as output 'translations', but it is not one");
    expect(add({translations: ['a'], references: []})).toThrow('got 1 translations and 0 references');
  });
});

describe('tokenize13a', () => {
  test.each([
    ['3.5%, "well".', '3.5 % , " well " .'],
    ['a-b 3-4 x,y 1,000.', 'a-b 3 - 4 x , y 1,000 .'],
    ['&lt;b&gt; &amp;quot; <skipped>x', '< b > & quot ; x'],
    ['\u00a0tab\tand\u2028line-\nbreak\nend \u{1f600}. ', 'tab and linebreak end \u{1f600} .'],
    ['', ''],
  ])('%j', (text, tokens) => {
    expect(tokenize13a(text).join(' ')).toBe(tokens);
  });
});
