import type {Json} from '../contract/index.js';
import {UserError} from '../support/index.js';

/** How a run's value is compared. */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in';

/** A filter as its text says it. */
export type Condition =
  | {readonly kind: 'and' | 'or'; readonly parts: readonly Condition[]}
  | {readonly kind: 'not'; readonly part: Condition}
  | {
      readonly kind: 'compare';
      readonly key: string;
      readonly at: number;
      readonly by: Comparison;
      readonly value: Json;
    };

interface Token {
  readonly kind: 'word' | 'text' | 'sign' | 'end';
  /** Without quotes. */
  readonly text: string;
  /** Counts from 0. */
  readonly at: number;
}

const PARTS = /\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(<=|>=|!=|==|[=<>()[\],])|([^\s'"=<>!()[\],]+))/y;
const SIGNS: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];

/** How deep the recursion of reader and tests may go. */
const MOST_NESTING = 500;

/**
 * Reads a filter:
 *
 *     filter     = all {"or" all}
 *     all        = one {"and" one}
 *     one        = "not" one | "(" filter ")" | comparison
 *     comparison = key ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") value | key ["not"] "in" list
 *     value      = number | true | false | null | word | 'text' | "text" | list
 *     list       = "[" [value {"," value}] "]"
 *
 * @param givenBy - what gives the filter, for messages
 * @throws UserError saying where in the text what is wrong
 */
export function parseWhere(text: string, givenBy = '--where'): Condition {
  const reader = readerOf(text, givenBy);
  const condition = readAny(reader);
  if (reader.peek().kind !== 'end') throw reader.mistake('expected `and`, `or` or the end');
  return condition;
}

/** A mistake in a filter, with a mark below its place. */
export function whereMistake(text: string, at: number, message: string, givenBy = '--where'): UserError {
  const line = text.replaceAll(/\s/g, ' ');
  return new UserError(`${givenBy}: ${message}\n  ${line}\n  ${' '.repeat(at)}^`);
}

interface Reader {
  peek(): Token;
  next(): Token;
  /** At the next token. */
  mistake(expected: string): UserError;
  /** At a place of the text. */
  mistakeAt(at: number, message: string): UserError;
}

function readerOf(text: string, givenBy: string): Reader {
  const mistakeAt = (at: number, message: string): UserError => whereMistake(text, at, message, givenBy);
  const tokens = tokensOf(text, mistakeAt);
  const nesting = tokens.filter((token) => isSign(token, '(') || isSign(token, '[') || isWord(token, 'not')).length;
  if (nesting > MOST_NESTING)
    throw new UserError(
      `${givenBy}: there are ${nesting} of \`not\`, \`(\` and \`[\` in the filter; at most ${MOST_NESTING} are read`,
    );
  let at = 0;
  const peek = (): Token => tokens[at]!;
  return {
    peek,
    next: () => tokens[Math.min(at++, tokens.length - 1)]!,
    mistakeAt,
    mistake: (expected) =>
      mistakeAt(peek().at, `${expected}, found ${peek().kind === 'end' ? 'the end' : `'${peek().text}'`}`),
  };
}

function tokensOf(text: string, mistakeAt: Reader['mistakeAt']): Token[] {
  const tokens: Token[] = [];
  PARTS.lastIndex = 0;
  let end = 0;
  for (let match = PARTS.exec(text); match; match = PARTS.exec(text)) {
    end = PARTS.lastIndex;
    const [whole, quoted, sign, word] = match;
    const at = end - whole.trimStart().length;
    if (quoted !== undefined) tokens.push({kind: 'text', text: quoted.slice(1, -1).replace(/\\(.)/gs, '$1'), at});
    else if (sign !== undefined) tokens.push({kind: 'sign', text: sign === '==' ? '=' : sign, at});
    else tokens.push({kind: 'word', text: word!, at});
  }
  const rest = text.slice(end);
  const restAt = end + rest.length - rest.trimStart().length;
  if (rest.trim() !== '')
    throw mistakeAt(
      restAt,
      /^\s*['"]/.test(rest) ? 'this quote is not closed' : `'${rest.trim()[0]}' means nothing here`,
    );
  return [...tokens, {kind: 'end', text: '', at: text.trimEnd().length}];
}

function isWord({kind, text}: Token, word: string): boolean {
  return kind === 'word' && text.toLowerCase() === word;
}

function isSign({kind, text}: Token, sign: string): boolean {
  return kind === 'sign' && text === sign;
}

function readAny(reader: Reader): Condition {
  const parts = [readAll(reader)];
  while (isWord(reader.peek(), 'or')) {
    reader.next();
    parts.push(readAll(reader));
  }
  return parts.length === 1 ? parts[0]! : {kind: 'or', parts};
}

function readAll(reader: Reader): Condition {
  const parts = [readOne(reader)];
  while (isWord(reader.peek(), 'and')) {
    reader.next();
    parts.push(readOne(reader));
  }
  return parts.length === 1 ? parts[0]! : {kind: 'and', parts};
}

function readOne(reader: Reader): Condition {
  if (isWord(reader.peek(), 'not')) {
    reader.next();
    return {kind: 'not', part: readOne(reader)};
  }
  if (!isSign(reader.peek(), '(')) return readComparison(reader);
  reader.next();
  const condition = readAny(reader);
  if (!isSign(reader.peek(), ')')) throw reader.mistake('expected `and`, `or` or `)`');
  reader.next();
  return condition;
}

function readComparison(reader: Reader): Condition {
  const {kind, text: key, at} = reader.peek();
  const isKey = (kind === 'word' && !['and', 'or', 'in'].includes(key.toLowerCase())) || kind === 'text';
  if (!isKey) throw reader.mistake('expected a key, such as `status` or `learning_rate`');
  reader.next();
  const by = readSign(reader);
  const valueAt = reader.peek().at;
  const value = readValue(reader);
  if (by.endsWith('in') && !Array.isArray(value)) throw reader.mistakeAt(valueAt, `${by} takes a list, such as [1, 2]`);
  return {kind: 'compare', key, at, by, value};
}

function readSign(reader: Reader): Comparison {
  const sign = reader.peek();
  if (sign.kind === 'sign' && SIGNS.includes(sign.text)) return reader.next().text as Comparison;
  const isNegated = isWord(sign, 'not');
  if (isNegated) reader.next();
  if (!isWord(reader.peek(), 'in'))
    throw reader.mistake(isNegated ? 'expected `in`' : `expected ${SIGNS.join(' ')} or in`);
  reader.next();
  return isNegated ? 'not in' : 'in';
}

function readValue(reader: Reader): Json {
  if (isSign(reader.peek(), '[')) return readList(reader);
  const {kind, text} = reader.peek();
  const isValue = kind === 'text' || (kind === 'word' && !['and', 'or', 'not', 'in'].includes(text.toLowerCase()));
  if (!isValue) throw reader.mistake('expected a value');
  reader.next();
  return kind === 'text' ? text : valueOfWord(text);
}

function readList(reader: Reader): Json[] {
  reader.next();
  const values: Json[] = [];
  while (!isSign(reader.peek(), ']')) {
    if (values.length > 0) {
      if (!isSign(reader.peek(), ',')) throw reader.mistake('expected `,` or `]`');
      reader.next();
    }
    values.push(readValue(reader));
  }
  reader.next();
  return values;
}

function valueOfWord(word: string): Json {
  if (word === 'true' || word === 'false') return word === 'true';
  if (word === 'null') return null;
  return Number.isFinite(Number(word)) ? Number(word) : word;
}
