import {cpSync, readFileSync, rmSync, truncateSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {
  binary,
  decimal,
  fixedSizeList,
  int32,
  int64,
  list,
  type Table,
  tableFromArrays,
  tableToIPC,
  union,
} from '@uwdata/flechette';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import {findTextFiles} from '../../src/data/index.js';
import {prepareTokens} from '../../workloads/finewebedu_lm/prepare.js';
import {findTokenFiles, readTokenDocuments} from '../../workloads/finewebedu_lm/token-documents.js';
import {END_OF_DOCUMENT} from '../../workloads/finewebedu_lm/tokenize.js';
import golden from '../golden/token_documents.json' with {type: 'json'};
import {temporaryFolder} from '../helpers/cli.js';

const made = join(import.meta.dirname, '..', 'golden', 'token_documents');
const [ARROW, TRAIN, VALIDATION] = ['fwedu_10B_tokenized', 'train', 'val'] as const;
const notEmpty = golden.documents.filter(({length}) => length > 0);

let folder = '';

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

function tokensIn(bytes: Buffer): number[] {
  return Array.from({length: bytes.length / 2}, (_, i) => bytes.readUInt16LE(2 * i));
}

/** All documents below some paths, in their order. */
async function documentsIn(...paths: string[]): Promise<number[][]> {
  const documents: number[][] = [];
  for (const file of await findTokenFiles(paths))
    for await (const tokens of readTokenDocuments(file)) documents.push([...tokens]);
  return documents;
}

describe(`documents written by ${golden.madeBy}`, () => {
  test('are read from Arrow files', async () => {
    expect(await documentsIn(join(made, ARROW))).toEqual(notEmpty);
  });

  test('are read from data sets saved by tf.data', async () => {
    expect(await documentsIn(join(made, TRAIN))).toEqual(
      golden.documents.slice(0, 18).filter(({length}) => length > 0),
    );
    expect(await documentsIn(join(made, VALIDATION))).toEqual(golden.documents.slice(14));
  });

  test('become the same token files from both forms, in which each is once and in one split', async () => {
    const prepare = async (name: string, ...parts: string[]) => {
      const steps: string[] = [];
      const into = join(folder, name);
      const tokens = parts.map((part) => join(made, part));
      await prepareTokens({tokens, into, onStep: (text) => steps.push(text)}, 50);
      const of = (split: string) => tokensIn(readFileSync(join(into, `${split}.bin`)));
      return {steps, train: of('train'), validation: of('validation')};
    };
    const [arrow, saved] = [await prepare('a', ARROW), await prepare('b', TRAIN, VALIDATION)];
    expect(saved).toEqual({...arrow, steps: ['Reading 2 files', 'Writing 23 documents, without 4 that come again']});
    const split = (tokens: number[]) => tokens.join(' ').split(/(?<=\b50256) /);
    const both = [...split(arrow.train), ...split(arrow.validation)];
    expect(both.sort()).toEqual(notEmpty.map((document) => document.join(' ')).sort());
    expect(arrow.validation.length).toBeGreaterThan(50);
  });
});

/** Writes a table as a file of one Arrow stream, or in Arrow's other form. */
function writeArrow(table: Table, format: 'stream' | 'file' = 'stream'): string {
  const file = join(folder, 'data.arrow');
  writeFileSync(file, tableToIPC(table, {format})!);
  return file;
}

test('a document without the token that ends it gets one, and the form with a table of contents is read', async () => {
  const table = tableFromArrays({input_ids: [[1, 2], [3, END_OF_DOCUMENT], [], null]});
  for (const format of ['stream', 'file'] as const)
    expect(await documentsIn(writeArrow(table, format))).toEqual([
      [1, 2, END_OF_DOCUMENT],
      [3, END_OF_DOCUMENT],
    ]);
});

test.each([
  [{text: ['a', 'b']}, "there is no column 'input_ids', only text"],
  [{input_ids: ['a', 'b']}, "column 'input_ids' is of type Dictionary of Utf8; it must be of lists of integers"],
  [{input_ids: [7, 8]}, "column 'input_ids' is of type Int"],
  [{input_ids: [[1.5], [1, 2]]}, "column 'input_ids' is of type List of Float"],
  [{input_ids: [[1], [2, 50_257]]}, "document 1: token 1 is 50257; GPT-2's are 0 to 50256"],
  [{input_ids: [[-1]]}, 'document 0: token 0 is -1'],
  [{input_ids: [[1, null, 2]]}, 'document 0: token 1 is null'],
  [{input_ids: [['1', '2'], []]}, "column 'input_ids' is of type List of Dictionary of Utf8"],
])('an Arrow file with %o is refused', async (columns, message) => {
  await expect(documentsIn(writeArrow(tableFromArrays(columns)))).rejects.toThrow(`data.arrow: ${message}`);
});

test('another column may have a dictionary', async () => {
  const table = tableFromArrays({kind: ['book', 'web'], input_ids: [[1, 2], [END_OF_DOCUMENT]]});
  expect(await documentsIn(writeArrow(table))).toEqual([[1, 2, END_OF_DOCUMENT], [END_OF_DOCUMENT]]);
});

test('the column is asked for where no rows are', async () => {
  const rows = {kind: [], other: []};
  await expect(documentsIn(writeArrow(tableFromArrays(rows)))).rejects.toThrow(
    "there is no column 'input_ids', only kind, other",
  );
  const none = tableFromArrays({input_ids: []}, {types: {input_ids: list(int32())}});
  expect(await documentsIn(writeArrow(none))).toEqual([]);
});

test('what the library knows nothing of, in whatever column, is told with a remedy', async () => {
  const types = {input_ids: list(int32()), price: decimal(40, 37)};
  const file = writeArrow(tableFromArrays({price: [1, 2], input_ids: [[1], [2]]}, {types}));
  const bytes = readFileSync(file);
  bytes.writeInt32LE(-2, bytes.indexOf(Buffer.from([37, 0, 0, 0])));
  writeFileSync(file, bytes);
  await expect(documentsIn(file)).rejects.toThrow(
    /can't be read as an Arrow stream: .*; if the file is whole, save its column 'input_ids' alone, without compression$/,
  );
});

test('bytes in the place of tokens, and a stream behind another one, are refused', async () => {
  const bytes = tableFromArrays({input_ids: [Uint8Array.of(1, 0)]}, {types: {input_ids: binary()}});
  await expect(documentsIn(writeArrow(bytes))).rejects.toThrow("column 'input_ids' is of type Binary; it must be");
  const file = writeArrow(tableFromArrays({input_ids: [[1, 2], [3]]}));
  const stream = readFileSync(file);
  writeFileSync(file, Buffer.concat([stream, stream]));
  await expect(documentsIn(file)).rejects.toThrow(
    `${file}: ${stream.length} bytes lie behind the stream's end; if they are another stream, make a file of each`,
  );
});

test('a file behind another one, lists of no values and a column that comes twice are refused', async () => {
  const table = tableFromArrays({input_ids: [[1, 2], [3]], input_idx: [[1], [2]]});
  const file = writeArrow(table, 'file');
  const bytes = readFileSync(file);
  writeFileSync(file, Buffer.concat([bytes, bytes]));
  await expect(documentsIn(file)).rejects.toThrow(/bytes behind the stream's end are no table of contents/);
  const renamed = Buffer.from(bytes.toString('latin1').replaceAll('input_idx', 'input_ids'), 'latin1');
  writeFileSync(file, renamed);
  await expect(documentsIn(file)).rejects.toThrow("there are several columns 'input_ids'; leave one of them");
  const none = tableFromArrays({input_ids: [[], []]}, {types: {input_ids: fixedSizeList(int32(), 0)}});
  await expect(documentsIn(writeArrow(none))).rejects.toThrow("column 'input_ids' is of type FixedSizeList(0) of Int;");
});

describe('a damaged Arrow file is refused', () => {
  const int64s = (...values: number[]) => [...new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer)];
  const int32s = (...values: number[]) => [...new Uint8Array(Int32Array.from(values).buffer)];
  const lists = {input_ids: [[1, 2, 3], [4, 5], [6]]};
  const types = {
    input_ids: list(int32()),
    price: decimal(40, 37),
    row: int32(),
    either: union(0, [int32()], [77], () => 77),
  };

  test.each<[string, {[name: string]: unknown[]}, readonly number[], readonly number[], string]>([
    [
      'whose cells overlap',
      lists,
      int32s(0, 3, 5, 6),
      int32s(0, 5, 3, 6),
      'cell 2 of the column ends at value 3 of 6; the file is damaged',
    ],
    [
      'whose cells end beyond the values',
      lists,
      int32s(0, 3, 5, 6),
      int32s(0, 3, 5, 7),
      'cell 3 of the column ends at value 7 of 6',
    ],
    [
      'of whose rows a column lacks some',
      {row: [1, 2, 3], ...lists},
      [...int64s(3, 0), ...int64s(6, 0)],
      [...int64s(2, 0), ...int64s(6, 0)],
      "a record batch of 3 rows does not have as many in column 'input_ids'",
    ],
    [
      'of whose rows the first column lacks some',
      lists,
      int64s(3),
      int64s(7),
      'the head of the message at byte 184 is wrong: 7 rows have 3 cells in the first column; the file is damaged',
    ],
    [
      'whose lists have fewer values than their head says',
      lists,
      int64s(6, 0),
      int64s(60, 0),
      '60 cells of the column have 6 values; the file is damaged',
    ],
    [
      'whose head has no room for its columns',
      lists,
      [...int32s(2), ...int64s(3)],
      [...int32s(2 + 2 ** 26), ...int64s(3)],
      "67108866 entries of 16 bytes don't lie in a head of 184 bytes; the file is damaged",
    ],
    [
      'with more empty cells than cells',
      lists,
      [...int32s(2), ...int64s(3, 0)],
      [...int32s(2), ...int64s(3, 4)],
      "of 3 cells 4 can't be empty",
    ],
    [
      'whose values lie behind its end',
      lists,
      int64s(16, 24),
      int64s(16, 2 ** 40),
      "1099511627776 bytes at byte 16 don't lie in a body of 40 bytes",
    ],
    [
      'whose other columns have numbers that no computer could hold',
      {price: [1, 2, 3], ...lists},
      int32s(37),
      int32s(2 ** 24),
      'a decimal has a scale of 16777216',
    ],
    [
      'whose other columns have more kinds of values than their head has room for',
      {either: [1, 2, 3], ...lists},
      int32s(1, 77),
      int32s(1 + 2 ** 26, 77),
      '67108865 entries of 4 bytes',
    ],
    [
      'whose values begin where none can',
      lists,
      int64s(16, 24),
      int64s(20, 20),
      "values can't begin at byte 20, only at multiples of 8",
    ],
    [
      'that has more or fewer empty cells than its bits say',
      {input_ids: [[1, 2, 3], null, [4]]},
      [0b101, 0, 0, 0, 0, 0, 0, 0],
      [0b111, 0, 0, 0, 0, 0, 0, 0],
      'of 3 cells 0 are empty, and not 1',
    ],
    [
      'whose values lie in those before them',
      lists,
      int64s(16, 24),
      int64s(8, 24),
      'values begin at byte 8, and those before them end at byte 16',
    ],
  ])('%s', async (_, columns, from, to, message) => {
    const file = writeArrow(tableFromArrays(columns, {types}));
    const bytes = readFileSync(file);
    const at = bytes.indexOf(Buffer.from(from));
    expect(at).toBeGreaterThan(0);
    bytes.set(to, at);
    writeFileSync(file, bytes);
    await expect(documentsIn(file)).rejects.toThrow(`${file}: `);
    await expect(documentsIn(file)).rejects.toThrow(message);
  });
});

/** What is said of a file in which one place is changed, for each place where that can be. */
async function refusals(file: string, change: (bytes: Buffer, at: number) => boolean): Promise<string[]> {
  const bytes = readFileSync(file);
  const messages: string[] = [];
  for (let at = 0; at + 16 <= bytes.length; at++) {
    const changed = Buffer.from(bytes);
    if (!change(changed, at)) continue;
    writeFileSync(file, changed);
    messages.push(await documentsIn(file).then(String, (error: Error) => error.message));
  }
  return messages;
}

const replaced = (from: readonly number[], to: readonly number[]) => (bytes: Buffer, at: number) =>
  bytes.subarray(at, at + from.length).equals(Buffer.from(from)) && bytes.set(to, at) === undefined;

test.each<[string, ReturnType<typeof replaced>, string]>([
  ['with another size', replaced([2, 0, 0, 0], [1, 0, 0, 0]), '3 lists of 1 values have 6'],
  [
    'with empty cells that are nowhere',
    replaced([3, ...Array(15).fill(0)], [3, ...Array(7).fill(0), 1]),
    'which of 3 cells are empty is said of 0',
  ],
])('a damaged Arrow file of lists of one size is refused: %s', async (_, change, message) => {
  const pairs = [1, 3, 5].map((token) => [token, token + 1]);
  const table = tableFromArrays({input_ids: pairs}, {types: {input_ids: fixedSizeList(int32(), 2)}});
  expect((await refusals(writeArrow(table), change)).some((each) => each.includes(message))).toBe(true);
});

test('a damaged Arrow file is refused: a body that takes in the message behind it', async () => {
  const file = writeArrow(tableFromArrays({input_ids: [[1, 2, 3], [4]]}));
  const one = readFileSync(file);
  const batch = one.lastIndexOf(Buffer.from([255, 255, 255, 255]), -9);
  const message = one.subarray(batch, -8);
  const twice = Buffer.concat([one.subarray(0, -8), message, one.subarray(-8)]);
  writeFileSync(file, twice);
  expect(await documentsIn(file)).toHaveLength(4);
  const headBytes = message.readInt32LE(4);
  const bodyBytes = message.length - 8 - headBytes;
  const at = message.indexOf(Buffer.from(BigInt64Array.of(BigInt(bodyBytes)).buffer));
  twice.writeBigInt64LE(BigInt(bodyBytes + message.length), batch + at);
  writeFileSync(file, twice);
  await expect(documentsIn(file)).rejects.toThrow(
    /a body of \d+ bytes has values in the first \d+ alone; the file is damaged/,
  );
});

test.each<[string, ReturnType<typeof replaced>, string]>([
  [
    'one field in two places',
    // Two fields, by where each lies from the place of its number on.
    (bytes, at) => bytes.readInt32LE(at) === 2 && bytes.writeInt32LE(bytes.readInt32LE(at + 4) - 4, at + 8) > 0,
    'is a field in two places',
  ],
  [
    'a dictionary of no column',
    (bytes, at) => bytes[at] === 3 && bytes.fill(2, at, at + 1) === bytes,
    'has the dictionary',
  ],
  // Where the schema has no place for the order of bytes, one is given that is not 0.
  ['big-endian numbers', (bytes, at) => bytes.readInt16LE(at) === 0 && bytes.writeInt16LE(4, at) > 0, 'are big-endian'],
  // Booleans have a type of kind 6.
  ['a field without a type', (bytes, at) => bytes[at] === 6 && bytes.fill(0, at, at + 1) === bytes, 'has no type'],
])('a damaged Arrow file is refused: %s', async (_, change, message) => {
  const table = tableFromArrays({input_ids: [[1, 2, 3], [4]], isNew: [true, false]});
  expect((await refusals(writeArrow(table), change)).some((each) => each.includes(message))).toBe(true);
});

test('a token that is larger than numbers are exact is refused', async () => {
  const types = {input_ids: list(int64())};
  await expect(documentsIn(writeArrow(tableFromArrays({input_ids: [[1n], [2n ** 60n]]}, {types})))).rejects.toThrow(
    "data.arrow: document 1: token 0 is 1152921504606846976; GPT-2's are 0 to 50256",
  );
});

describe('what is wrong with files is named', () => {
  beforeEach(() => cpSync(made, folder, {recursive: true}));

  const fileOf = (part: string, name: RegExp): string =>
    findTextFiles([join(folder, part)], '').find((file) => name.test(file))!;
  const change = (file: string, how: (bytes: Buffer) => Uint8Array): void =>
    writeFileSync(file, how(readFileSync(file)));
  const flipped = (bytes: Buffer, at: number): Buffer => {
    bytes[at]! ^= 1;
    return bytes;
  };

  test.each<[string, string, RegExp, (file: string) => void, RegExp]>([
    [
      'cut within a message',
      ARROW,
      /00001-of/,
      (file) => truncateSync(file, 2000),
      /00001-of-00002.arrow: the file is cut/,
    ],
    ['without its end', ARROW, /00001-of/, (file) => change(file, (b) => b.subarray(0, -8)), /arrow: the file is cut/],
    [
      'without a shard',
      ARROW,
      /00001-of/,
      (file) => rmSync(file),
      /00001-of-00002.arrow: there is no such file; data-00000-of-00002.arrow is one of 2/,
    ],
    ['of text', ARROW, /00001-of/, (file) => writeFileSync(file, 'some text'), /arrow: byte 0 should begin a message/],
    [
      'with a damaged head',
      ARROW,
      /00001-of/,
      (file) => change(file, (b) => b.fill(255, 8, 60)),
      /arrow: the (head of the )?message at byte 0/,
    ],
    [
      'with a flipped bit',
      TRAIN,
      /\.snapshot$/,
      (file) => change(file, (b) => flipped(b, 2000)),
      /\.snapshot: record \d+ can't be used: its checksum is wrong/,
    ],
    [
      'cut within a record',
      TRAIN,
      /\.snapshot$/,
      (file) => truncateSync(file, 2000),
      /\.snapshot: the file is cut within record/,
    ],
    [
      'cut between records',
      TRAIN,
      /\.snapshot$/,
      (file) => truncateSync(file, 12 + 18 + 4),
      /must have 18 elements, found 1; is one missing/,
    ],
    ['packed', TRAIN, /\.snapshot$/, (file) => change(file, gzipSync), /\.snapshot: it is packed by gzip/],
    [
      'without its metadata',
      TRAIN,
      /snapshot\.metadata$/,
      (file) => rmSync(file),
      /there is no \.arrow and no snapshot\.metadata/,
    ],
    [
      'not saved to its end',
      TRAIN,
      /snapshot\.metadata$/,
      (file) => change(file, (b) => b.subarray(0, -3)),
      /snapshot\.metadata: the data set was not saved to its end/,
    ],
    [
      'of floats',
      TRAIN,
      /snapshot\.metadata$/,
      (file) => change(file, (b) => flipped(b, b.indexOf(Buffer.of(0x2a, 1, 9)) + 2)),
      /must be one tensor of int32 or int64, found types 8/,
    ],
    [
      'without its elements',
      TRAIN,
      /\.snapshot$/,
      (file) => rmSync(dirname(file), {recursive: true}),
      /must have 18 elements, found 0/,
    ],
  ])('%s', async (_, part, name, damage, message) => {
    damage(fileOf(part, name));
    await expect(documentsIn(join(folder, part))).rejects.toThrow(message);
  });

  test('both forms at once, text in their place, and they in the place of text', async () => {
    await expect(documentsIn(join(folder))).rejects.toThrow('name one of them, such as');
    const into = join(folder, 'made');
    await expect(prepareTokens({into})).rejects.toThrow('name the documents by --text, or by --tokens');
    const both = {text: ['a'], tokens: ['b']};
    await expect(prepareTokens({...both, into})).rejects.toThrow('name the documents by --text, or by --tokens');
    await expect(prepareTokens({text: [join(folder, ARROW)], into})).rejects.toThrow(/\.arrow is no text\. If it has/);
    await expect(prepareTokens({tokens: [join(folder, ARROW, 'state.json')], into})).rejects.toThrow(
      /there is no \.arrow and no snapshot\.metadata in '.*state\.json'/,
    );
  });
});
