/** What Python's `str.split` splits at. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: four of them are blanks in Python
const BLANKS = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/**
 * A text without the blanks at its end, as Python's `str.rstrip` gives it: sacreBLEU takes them off before the tokenizer sees a text, so that a
 * hyphen at its end stays one.
 */
export function withoutEndingBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && BLANKS.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

const ENTITIES: readonly [entity: string, text: string][] = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
];

/** What is set apart: punctuation, periods and commas but between digits, hyphens after a digit. */
const RULES: readonly [found: RegExp, apart: string][] = [
  [/([{-~[-` -&(-+:-@/])/gu, ' $1 '],
  [/([^0-9])([.,])/gu, '$1 $2 '],
  [/([.,])([^0-9])/gu, ' $1 $2'],
  [/([0-9])(-)/gu, '$1 $2 '],
];

/**
 * The tokens of a text as the official scorer of the WMT conferences (mteval-v13a) splits it. Same tokens as sacreBLEU's tokenizer `13a`.
 * @see {@link https://aclanthology.org/W18-6319/ | Post 2018}
 */
export function tokenize13a(text: string): string[] {
  let line = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  for (const [entity, character] of ENTITIES) line = line.replaceAll(entity, character);
  line = ` ${line} `;
  for (const [found, apart] of RULES) line = line.replace(found, apart);
  return line.split(BLANKS).filter((token) => token !== '');
}
