import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {leavesOf, type NdArray, type Source} from '../../src/contract/index.js';
import {textLm} from '../../workloads/text_lm/index.js';

function folderWith(files: {readonly [name: string]: string | Buffer}): string {
  const folder = mkdtempSync(join(tmpdir(), 'text-lm-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** All tokens of a split: each sequence's inputs and its last target. */
async function tokensOf(source: Source): Promise<number[]> {
  const {inputs, targets} = await source.read(Uint32Array.from({length: source.size}, (_, i) => i));
  return Array.from({length: source.size}, (_, row) => [
    ...inputs!.data.subarray(row * 128, (row + 1) * 128),
    targets!.data[row * 128 + 127]!,
  ]).flat();
}

describe('the text of this tool', () => {
  test('has the counts that the workload says, and its documents are in one split each', async () => {
    const {train, validation, source, test} = await textLm.loadData(undefined);
    expect([train.size, validation.size, test]).toEqual([textLm.examples.train, textLm.examples.validation, undefined]);
    expect(source).toBe('State of the Union addresses, 1961 to 2000');
    const texts = await Promise.all(
      [train, validation].map(async (each) => Buffer.from(await tokensOf(each)).toString()),
    );
    const [trainTexts, validationTexts] = texts.map((text) => text.split('\0'));
    expect(trainTexts!.length + validationTexts!.length).toBe(39);
    for (const text of validationTexts!)
      expect(trainTexts!.some((other) => other.startsWith(text.slice(0, 200)))).toBe(false);
  });

  test('a batch has each token as the target of the one before', async () => {
    const {train} = await textLm.loadData(undefined);
    const {inputs, targets, weights} = await train.read(Uint32Array.of(3, 1));
    expect([inputs!.shape, targets!.shape, weights!.shape]).toEqual([
      [2, 128],
      [2, 128],
      [2, 128],
    ]);
    expect([...inputs!.data.subarray(1, 128)]).toEqual([...targets!.data.subarray(0, 127)]);
    expect(new Set(weights!.data)).toEqual(new Set([1]));
    const other = await train.read(Uint32Array.of(1));
    expect([...other.inputs!.data]).toEqual([...inputs!.data.subarray(128)]);
  });
});

describe("a user's text", () => {
  test('a byte 0, which a JSON string can have, is refused: it would end the document', async () => {
    const folder = folderWith({'a.jsonl': '{"text": "first"}\n{"text": "one\\u0000two"}\n'});
    await expect(textLm.loadData(folder)).rejects.toThrow(
      `${join(folder, 'a.jsonl')}:2: byte 3 of this text is 0, which ends a document here; remove it, or divide the text`,
    );
  });

  test('one document is cut behind a line near its last tenth, and the note says so', async () => {
    const line = `${'word '.repeat(20)}\r\n`;
    const folder = folderWith({'a.txt': line.repeat(100)});
    const {train, validation, note} = await textLm.loadData(folder);
    const cut = 91 * line.length;
    expect(note).toBe(`${folder} is one document: its last tenth, from byte ${cut} on, is the validation split.`);
    const all = Buffer.from(await tokensOf(validation)).toString();
    expect(line.repeat(9).startsWith(all.replace(/\0.*/s, ''))).toBe(true);
    expect(train.size).toBe(Math.floor((cut + 1) / 129));
  });

  test('a line without end is cut between two characters', async () => {
    const {validation} = await textLm.loadData(folderWith({'a.txt': 'ä'.repeat(5_001)}));
    expect(Buffer.from((await tokensOf(validation)).slice(0, 2)).toString()).toBe('ä');
  });

  test('invalid UTF-8 is bytes like others', async () => {
    const {train} = await textLm.loadData(folderWith({'a.txt': Buffer.alloc(3000, 0xff)}));
    expect(new Set(await tokensOf(train))).toEqual(new Set([0xff]));
  });

  test('files are documents of their own, which a byte 0 ends', async () => {
    const files = Object.fromEntries(Array.from({length: 30}, (_, i) => [`${i}.txt`, `${i % 10}`.repeat(200 + i)]));
    const {train, validation} = await textLm.loadData(folderWith(files));
    const tokens = await tokensOf(train);
    expect(tokens.filter((token) => token === 0).length).toBeGreaterThan(20);
    expect(validation.size).toBeGreaterThanOrEqual(3);
  });

  test.each([
    [{'a.txt': ''}, 'there is no text: all files are empty'],
    [{'a.txt': 'short'}, 'the text is too short: training needs 128 bytes at least, found 4'],
    [{'a.txt': 'x'.repeat(500)}, 'the text is too short: validation needs 128 bytes at least, found 50'],
    [{'a.bin': Buffer.alloc(500)}, 'this is no text'],
    [{}, 'there is no file in'],
  ])('%o is refused', async (files, message) => {
    await expect(textLm.loadData(folderWith(files as object as {[name: string]: string}))).rejects.toThrow(message);
  });

  test('a folder that is not there is named', async () => {
    await expect(textLm.loadData('/nowhere/at/all')).rejects.toThrow(
      "--data-dir: there is no file or folder '/nowhere/at/all'",
    );
  });
});

test('initModel draws kernels with deviation .02, the last ones of a half block divided by the root of 8', () => {
  const leaves = leavesOf<NdArray>(textLm.initModel([0, 5]).params);
  expect(leaves.reduce((sum, {value}) => sum + value.data.length, 0)).toBe(1_082_500);
  for (const {path, value} of leaves) {
    const data = value.data as Float32Array;
    const rms = Math.sqrt(data.reduce((sum, each) => sum + each * each, 0) / data.length);
    if (path.endsWith('scale')) expect(rms, path).toBe(1);
    else if (path.endsWith('attnScale')) expect(rms).toBeCloseTo(Math.log2(128 ** 2 - 128), 5);
    else expect(rms / (/attnOutProj|dense1/.test(path) ? 0.02 / Math.sqrt(8) : 0.02), path).toBeCloseTo(1, 1);
  }
});
