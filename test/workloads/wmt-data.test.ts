import {createHash} from 'node:crypto';
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Dataset, HostBatch, Key} from '../../src/contract/index.js';
import {createInputQueue} from '../../src/data/index.js';
import {openTokenizer} from '../../workloads/wmt/tokenizer.js';
import {readVocabulary} from '../../workloads/wmt/vocabulary.js';
import {root, temporaryFolder} from '../helpers/cli.js';
import {drawnPairs, LETTERS, type Pair, writeTranslations, writeVocabulary} from '../helpers/pairs.js';

/** Threads run compiled files. */
const {loadWmt} = (await import(
  pathToFileURL(join(root, 'dist', 'workloads', 'wmt', 'data.js')).href
)) as typeof import('../../workloads/wmt/data.js');

let folder = '';
const opened: Dataset[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const {train, validation, test} of opened.splice(0))
    for (const each of [train, validation, test]) await each?.close?.();
});

async function load(dir = folder, length = 16, vocabulary = 32_000): Promise<Dataset> {
  const dataset = await loadWmt(dir, {vocabulary, length});
  opened.push(dataset);
  return dataset;
}

const rowsOf = ({shape, data}: HostBatch[string]): number[][] =>
  Array.from({length: shape[0]!}, (_, i) => [...data.subarray(i * shape[1]!, (i + 1) * shape[1]!)]);

/** A word's tokens, without what follows. */
const tokensOf = (word: string) => [3, ...[...word].map((letter) => 3 + LETTERS.indexOf(letter)), 2];

describe('evaluation', () => {
  test('has a pair a row, in the order of the records', async () => {
    writeTranslations(folder);
    const {validation} = await load();
    expect(validation.size).toBe(12);
    const batch = (await validation.read(Uint32Array.of(3, 0))) as Required<HostBatch>;
    const [de, en] = drawnPairs(12, 5)[3]!;
    const padded = (tokens: number[]) => [...tokens, ...new Array(16 - tokens.length).fill(0)];
    expect(rowsOf(batch.inputs!)[0]).toEqual(padded(tokensOf(de)));
    expect(rowsOf(batch.targets!)[0]).toEqual(padded(tokensOf(en)));
    expect(rowsOf(batch.weights!)[0]).toEqual(padded(tokensOf(en).map(() => 1)));
    expect(validation.packed!(4, 'evaluation')).toBeUndefined();
  });

  test('of pairs without a known character, or without any', async () => {
    const validation: Pair[] = [
      ['', ''],
      ['?', '漢字'],
      ['a', ''],
    ];
    writeTranslations(folder, {validation});
    const dataset = await load();
    const {inputs, targets, weights} = (await dataset.validation.read(Uint32Array.of(0, 1, 2))) as Required<HostBatch>;
    expect(rowsOf(inputs!).map((row) => row.slice(0, 4))).toEqual([
      [2, 0, 0, 0],
      [3, 0, 2, 0],
      [3, 4, 2, 0],
    ]);
    expect(rowsOf(targets!).map((row) => row.slice(0, 4))).toEqual([
      [2, 0, 0, 0],
      [3, 0, 2, 0],
      [2, 0, 0, 0],
    ]);
    expect(rowsOf(weights!).map((row) => row.slice(0, 4))).toEqual([
      [1, 0, 0, 0],
      [1, 0, 1, 0],
      [1, 0, 0, 0],
    ]);
    expect(dataset.detokenize!([3, 4, 5, 2])).toBe('ab');
    expect(dataset.detokenize!([3, 99, 2])).toBe(' ⁇ ');
  });

  test('leaves out pairs with a sentence that is too long', async () => {
    const validation: Pair[] = [
      ['a', 'b'],
      ['a', 'b'.repeat(15)],
      ['b'.repeat(14), 'a'],
      ['b'.repeat(15), 'a'],
    ];
    writeTranslations(folder, {validation});
    const {validation: source} = await load();
    expect(source.size).toBe(2);
    const {inputs} = await source.read(Uint32Array.of(1));
    expect([...inputs!.data]).toEqual(tokensOf('b'.repeat(14)));
  });
});

describe('training', () => {
  const key: Key = [0, 7];

  test('packs pairs one after the other, unknown characters cut from the end', async () => {
    const train: Pair[][] = [
      [
        ['ab', 'c'],
        ['?', 'd'],
        ['abcdefgh', 'e'],
        ['f', 'ghi'],
      ],
    ];
    writeTranslations(folder, {train});
    const dataset = await load();
    const packed = dataset.train.packed!(2, 'training')!;
    const rows = Uint32Array.of(0, 1, 2, 3);
    // 4 + 2 tokens, then 10: full; 3 in the second row.
    expect(packed.take(rows, 0)).toBe(4);
    const batch = (await packed.read(rows, undefined, undefined, 0)) as Required<HostBatch>;
    const end = (n: number) => new Array(n).fill(0);
    expect(rowsOf(batch.inputs!)).toEqual([
      [...tokensOf('ab'), 3, 0, ...tokensOf('abcdefgh')],
      [...tokensOf('f'), ...end(13)],
    ]);
    expect(rowsOf(batch.inputsSegmentation!)).toEqual([
      [1, 1, 1, 1, 2, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3],
      [1, 1, 1, ...end(13)],
    ]);
    expect(rowsOf(batch.inputsPosition!)[0]).toEqual([0, 1, 2, 3, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rowsOf(batch.targets!)).toEqual([
      [...tokensOf('c'), ...tokensOf('d'), ...tokensOf('e'), ...end(7)],
      [...tokensOf('ghi'), ...end(11)],
    ]);
    expect(rowsOf(batch.targetsSegmentation!)[0]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, ...end(7)]);
    expect([...batch.weights!.data]).toEqual([...batch.targets!.data].map((id) => Number(id > 0)));
    // A row ends after as many pairs as it has tokens, counted from the first epoch's beginning on.
    expect([12, 13, 14].map((position) => packed.take(Uint32Array.of(0, 0, 0, 0, 0, 0, 0), position))).toEqual([
      7, 7, 6,
    ]);
  });

  test('goes on from any position as if it had never stopped', async () => {
    writeTranslations(folder);
    const {train} = await load();
    const options = {source: train, batchSize: 3, key};
    const whole = createInputQueue(options);
    const seen: {position: number; batch: string}[] = [];
    for (let i = 0; i < 12; i++) {
      const position = whole.position;
      const batch = await whole.next();
      seen.push({position, batch: JSON.stringify(Object.values(batch).map(({data}) => [...data]))});
    }
    expect(seen.at(-1)!.position).toBeGreaterThan(train.size);
    for (const start of [4, 9]) {
      const later = createInputQueue({...options, position: seen[start]!.position});
      for (let i = start; i < 12; i++) {
        const batch = await later.next();
        expect(JSON.stringify(Object.values(batch).map(({data}) => [...data]))).toBe(seen[i]!.batch);
      }
    }
  });
});

describe('what is wrong with the data is named', () => {
  const trainFile = () => join(folder, 'wmt17_translate/de-en/1.0.0/wmt17_translate-train.tfrecord-00001-of-00002');

  test('a record with a flipped bit', async () => {
    writeTranslations(folder);
    const content = readFileSync(trainFile());
    content[60]! ^= 4;
    writeFileSync(trainFile(), content);
    await expect(load()).rejects.toThrow(
      /train\.tfrecord-00001-of-00002: record 1 can't be used: its checksum is wrong/,
    );
  });

  test('a file that is cut, and one that is cut between two records', async () => {
    writeTranslations(folder);
    const content = readFileSync(trainFile());
    writeFileSync(trainFile(), content.subarray(0, -1));
    await expect(load()).rejects.toThrow('00001-of-00002: the file is cut within record 23');
    writeTranslations(folder, {train: [drawnPairs(40), drawnPairs(23, 40)]});
    const cut = readFileSync(trainFile());
    writeTranslations(folder);
    writeFileSync(trainFile(), cut);
    await expect(load()).rejects.toThrow('00001-of-00002: must have 24 records, found 23');
  });

  test('a vocabulary that is larger than the model, or none', async () => {
    writeTranslations(folder);
    await expect(load(folder, 16, 29)).rejects.toThrow(
      "wmt_sentencepiece_model: it has 30 pieces, and this workload's model takes 29 at most",
    );
    await load(folder, 16, 30);
    const path = join(folder, 'wmt_sentencepiece_model');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, 60));
    await expect(load()).rejects.toThrow(
      `${path}: it is no SentencePiece model, or it is damaged; fetch or make it again`,
    );
    writeFileSync(path, 'text');
    await expect(load()).rejects.toThrow('it is no SentencePiece model');
  });

  test('a vocabulary that SentencePiece does not take, as with a piece twice', async () => {
    writeTranslations(folder);
    const path = join(folder, 'wmt_sentencepiece_model');
    const bytes = readFileSync(path);
    const [a, b] = ['a', 'b'].map((letter) => bytes.indexOf(Buffer.from([0x0a, 1, letter.charCodeAt(0)]))) as [
      number,
      number,
    ];
    expect(Math.min(a, b)).toBeGreaterThan(0);
    bytes[a + 2] = bytes[b + 2]!;
    writeFileSync(path, bytes);
    await expect(load()).rejects.toThrow(
      `${path}: SentencePiece can't load it (Internal: b is already defined.): it is damaged; fetch or make it again`,
    );
  });

  test("a normalizer's map that ends within its trie, or is no map", async () => {
    const path = join(folder, 'model');
    writeVocabulary(path);
    const whole = readFileSync(path);
    const withMap = (...map: number[]) =>
      Buffer.concat([whole, Buffer.from([0x1a, map.length + 2, 0x12, map.length, ...map])]);
    for (const map of [[0, 4, 0, 0], [1, 0, 0, 0, 9], [0, 0, 0, 0], [7]]) {
      writeFileSync(path, withMap(...map));
      await expect(readVocabulary(path)).rejects.toThrow('it is no SentencePiece model, or it is damaged');
    }
    writeFileSync(path, withMap());
    expect((await readVocabulary(path)).size).toBeGreaterThan(3);
  });

  test('an end of the sentence with another number', async () => {
    const path = join(folder, 'model');
    writeVocabulary(path);
    const whole = readFileSync(path);
    whole.write('</t>', whole.indexOf('</s>'));
    writeFileSync(path, whole);
    await expect(readVocabulary(path)).rejects.toThrow(
      `${path}: piece 2 must be the end of a sentence, </s>, found </t>`,
    );
  });

  test('a folder without the data, or without a part of it', async () => {
    await expect(load()).rejects.toThrow(/there is no translation data in .*\n.*is empty\.\nThe data must lie as/);
    vi.stubEnv('ALGOPERF_DATA_DIR', '');
    await expect(loadWmt(undefined, {vocabulary: 99, length: 16})).rejects.toThrow('say where it is with --data-dir');
    writeTranslations(join(folder, 'wmt'));
    const {source, train} = await load();
    expect([source, train.size]).toEqual([join(folder, 'wmt'), 64]);
    rmSync(join(folder, 'wmt', 'wmt_sentencepiece_model'));
    await expect(load()).rejects.toThrow('wmt_sentencepiece_model: it is missing');
  });

  test('pairs that are all too long', async () => {
    writeTranslations(folder, {validation: [['a'.repeat(20), 'b']]});
    await expect(load()).rejects.toThrow(/validation.*: no pair has at most 16 tokens in both of its sentences/);
  });
});

test('lengths are worked out once, as long as the data stays as it is', async () => {
  writeTranslations(folder);
  const first = await load();
  const file = join(folder, 'wmt14_translate/de-en/1.0.0/wmt14_translate-validation.tfrecord-00000-of-00001');
  const changed = await first.validation.fingerprint!();
  writeTranslations(folder, {validation: drawnPairs(12, 6)});
  const second = await load();
  expect(await second.validation.fingerprint!()).not.toBe(changed);
  expect(existsSync(file)).toBe(true);
  const {inputs} = await second.validation.read(Uint32Array.of(0));
  expect([...inputs!.data].filter(Boolean)).toEqual(tokensOf(drawnPairs(1, 6)[0]![0]));
});

test('how far the tokens are counted is told, and nothing where they are known', async () => {
  writeTranslations(folder);
  const told: [string, number][] = [];
  const options = {vocabulary: 32_000, length: 16, onProgress: (...each: [string, number]) => void told.push(each)};
  opened.push(await loadWmt(folder, options));
  const works = [64, 12, 9].map((pairs) => `counting the tokens of ${pairs} pairs`);
  expect(told).toEqual(
    works.flatMap((work) => [
      [work, 0],
      [work, 1],
    ]),
  );
  opened.push(await loadWmt(folder, options));
  expect(told.length).toBe(6);
});

const real = join(process.env.ALGOPERF_DATA_DIR ?? '', 'wmt');
const sha256 = (data: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex');

describe.skipIf(!existsSync(join(real, 'expected.json')))("AlgoPerf's own input", () => {
  const expected = JSON.parse(
    existsSync(join(real, 'expected.json')) ? readFileSync(join(real, 'expected.json'), 'utf8') : '{}',
  );

  test('every token of its SentencePiece, and every text of its decoding', async () => {
    const {model, sentences} = JSON.parse(readFileSync(join(real, 'tokens.json'), 'utf8'));
    const vocabulary = await readVocabulary(join(real, model));
    expect(vocabulary.size).toBe(2000);
    const tokenizer = await openTokenizer(vocabulary);
    for (const {text, ids, decoded} of sentences) {
      expect(tokenizer.encode(text), text).toEqual(ids);
      expect(tokenizer.decode(ids), text).toBe(decoded);
    }
  });

  test('the first packed rows, and the first validation batch', async () => {
    const {train, validation} = await load(real, 256);
    expect([train.size, validation.size]).toEqual([2000, 200]);
    const packed = train.packed!(8, 'training')!;
    const rows = Uint32Array.from({length: packed.most}, (_, i) => i % 2000);
    const batch = await packed.read(rows.subarray(0, packed.take(rows, 0)), undefined, undefined, 0);
    for (const [name, {sha256: hash}] of Object.entries<{sha256: string}>(expected.packed.keys)) {
      const own = name.replace(/_(.)/, (_, letter: string) => letter.toUpperCase());
      expect(sha256(batch[own]!.data), name).toBe(hash);
    }
    const first = await validation.read(Uint32Array.from({length: 64}, (_, i) => i));
    for (const [name, {sha256: hash}] of Object.entries<{sha256: string}>(
      expected['validation batch 0 (eval, padded, batch 64)'],
    ))
      expect(sha256(first[name]!.data), name).toBe(hash);
  });
});
