import {expect, test} from 'vitest';
import {formatRecord} from '../../src/runs/csv.js';
import {parseNumber, parseRecords} from '../../src/runs/index.js';

/** A table without quotes is read without the parser; quotes around a cell of the header bring it in. */
function bothWays(text: string): string[][][] {
  const quoted = text.replace(/^(\ufeff?)([^,\n]+)/, '$1"$2"');
  return [parseRecords(text, 'table.csv'), parseRecords(quoted, 'table.csv')];
}

test.each([
  [
    'rows',
    'a,b\n1,2\n3,4\n',
    [
      ['a', 'b'],
      ['1', '2'],
      ['3', '4'],
    ],
  ],
  [
    'empty cells',
    'a,b\n,2\n3,\n,\n',
    [
      ['a', 'b'],
      ['', '2'],
      ['3', ''],
      ['', ''],
    ],
  ],
  [
    'a torn last row',
    'a,b\n1,2\n3',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'empty lines',
    'a,b\n\n1,2\n\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  ['rows of other lengths', 'a,b\n1\n1,2,3\n', [['a', 'b'], ['1'], ['1', '2', '3']]],
  [
    'a byte order mark',
    '\ufeffa,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'spaces',
    'a, b\n 1 ,2\n',
    [
      ['a', ' b'],
      [' 1 ', '2'],
    ],
  ],
  ['a header alone', 'a,b\n', [['a', 'b']]],
])('%s', (_, text, records) => {
  expect(bothWays(text)).toEqual([records, records]);
});

test('nothing has no records', () => {
  expect(parseRecords('', 'table.csv')).toEqual([]);
});

test('line breaks as Windows writes them, and quoted ones', () => {
  expect(parseRecords('a,b\r\n1,2\r\n', 'table.csv')).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
  expect(parseRecords('a,b\n"1\n,",2\n', 'table.csv')).toEqual([
    ['a', 'b'],
    ['1\n,', '2'],
  ]);
});

test('what is no record is refused by line', () => {
  expect(() => parseRecords('a,b\n1,2\n3,4"5"\n', 'table.csv')).toThrow(/^table\.csv:3: the table is damaged/);
});

test('a damaged cell is named by its line, not by its content', () => {
  const text = `a,b\n1,2\n3,${'x'.repeat(300)}"y"\n`;
  expect(() => parseRecords(text, 'table.csv')).toThrow(
    'table.csv:3: the table is damaged: Invalid Opening Quote: a quote is found on field 1 at line 3',
  );
  expect(() => parseRecords(text, 'table.csv')).toThrow(/^.{0,120}$/);
});

test('numbers are read back bit for bit, and what is none is NaN', () => {
  const numbers = [0.1 + 0.2, 5e-324, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const text = formatRecord([...numbers, 'a\rb', '']);
  expect(text).toBe('0.30000000000000004,5e-324,1e+300,nan,inf,-inf,"a\rb",\n');
  const [cells] = parseRecords(text, 'table.csv');
  expect(cells!.slice(0, 6).map(parseNumber)).toEqual(numbers);
  expect(['', ' ', 'high', '1e', undefined].map(parseNumber)).toEqual(Array(5).fill(Number.NaN));
});
