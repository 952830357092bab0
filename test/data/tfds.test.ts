import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {tfdsOrder, tfdsSplit} from '../../src/data/index.js';
import {temporaryFolder} from '../helpers/cli.js';

/** The records that each file gives in each of its turns. */
function turns(counts: readonly number[]): [file: number, records: number][] {
  const ends = counts.map((_, i) => counts.slice(0, i + 1).reduce((a, b) => a + b));
  const result: [number, number][] = [];
  for (const record of tfdsOrder(counts)) {
    const file = ends.findIndex((end) => record < end);
    const last = result.at(-1);
    if (last?.[0] === file && last[1] < 16) last[1] += 1;
    else result.push([file, 1]);
  }
  return result;
}

describe('tfdsOrder', () => {
  test('takes 16 records of each file in turns', () => {
    expect(turns([40, 16, 20])).toEqual([
      [0, 16],
      [1, 16],
      [2, 16],
      [0, 16],
      [2, 4],
      [0, 8],
    ]);
    expect([...tfdsOrder([3])]).toEqual([0, 1, 2]);
    expect([...tfdsOrder([])]).toEqual([]);
  });

  test('a seventeenth file is opened one turn after the end of another was noticed', () => {
    // File 3 ends within its first turn, so its place is free in the second round; file 5 ends just with its first turn, which is
    // noticed in the second round, and its place is free in the third.
    const counts = Array.from({length: 18}, (_, i) => (i === 3 ? 4 : i === 5 ? 16 : 33));
    const order = turns(counts).map(([file]) => file);
    const round = (from: number, places: number) => order.slice(from, from + places);
    expect(round(0, 16)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(round(16, 15)).toEqual([0, 1, 2, 16, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(round(31, 16)).toEqual([0, 1, 2, 16, 4, 17, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });
});

/** The description of a data set with a split of files with these numbers of records. */
function writeInfo(folder: string, change: object = {}, counts: readonly string[] = ['2', '1']): string {
  const info = {name: 'pairs', fileFormat: 'tfrecord', splits: [{name: 'train', shardLengths: counts}], ...change};
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify(info));
  for (const [i] of counts.entries())
    writeFileSync(join(folder, `pairs-train.tfrecord-0000${i}-of-0000${counts.length}`), '');
  return folder;
}

describe('tfdsSplit', () => {
  test('names the files of a split and their numbers of records', async () => {
    const folder = writeInfo(temporaryFolder());
    const files = ['00000', '00001'].map((shard) => join(folder, `pairs-train.tfrecord-${shard}-of-00002`));
    expect(await tfdsSplit(folder, 'train')).toEqual({files, counts: [2, 1]});
    writeInfo(folder, {
      splits: [
        {name: 'train', shardLengths: [3], filepathTemplate: '{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_INDEX}-of-00002'},
      ],
    });
    rmSync(files[1]!);
    expect(await tfdsSplit(folder, 'train')).toEqual({files: files.slice(0, 1), counts: [3]});
  });

  test('a file of the split that the description does not name is named', async () => {
    const folder = writeInfo(temporaryFolder());
    const [extra, other] = ['train.tfrecord-00000-of-00003', 'test.tfrecord-00000-of-00001'].map((end) =>
      join(folder, `pairs-${end}`),
    );
    writeFileSync(other!, '');
    expect((await tfdsSplit(folder, 'train')).files.length).toBe(2);
    writeFileSync(extra!, '');
    await expect(tfdsSplit(folder, 'train')).rejects.toThrow(`${extra}: ${join(folder, 'dataset_info.json')} does not`);
  });

  test.each<[string, object, string]>([
    ['another split', {splits: [{name: 'test', shardLengths: ['2']}]}, "there is no split 'train'; found test"],
    ['a split without files', {splits: [{name: 'train', shardLengths: []}]}, "the split 'train' has 0 examples"],
    [
      'a split of empty files',
      {splits: [{name: 'train', shardLengths: ['0', '0']}]},
      "the split 'train' has 0 examples",
    ],
    ['another form of files', {fileFormat: 'riegeli'}, 'not a description by TensorFlow Datasets: fileFormat'],
    ['no splits', {splits: 3}, 'not a description by TensorFlow Datasets: splits'],
  ])('%s is named', async (_, change, message) => {
    const folder = writeInfo(temporaryFolder(), change);
    await expect(tfdsSplit(folder, 'train')).rejects.toThrow(`${join(folder, 'dataset_info.json')}: ${message}`);
  });

  test('a file that is missing is named, and a description that is none', async () => {
    const folder = writeInfo(temporaryFolder(), {splits: [{name: 'train', shardLengths: ['2', '1', '1']}]});
    const lost = join(folder, 'pairs-train.tfrecord-00000-of-00003');
    await expect(tfdsSplit(folder, 'train')).rejects.toThrow(
      `${lost}: there is no such file, but ${join(folder, 'dataset_info.json')} names it; fetch or make it again`,
    );
    writeFileSync(join(folder, 'dataset_info.json'), 'name: pairs');
    await expect(tfdsSplit(folder, 'train')).rejects.toThrow(/must be JSON: .*; fetch or make it again$/);
    await expect(tfdsSplit(join(folder, 'lost'), 'train')).rejects.toThrow("dataset_info.json: can't be read");
  });

  const real = join(process.env.ALGOPERF_DATA_DIR ?? '', 'wmt');
  test.skipIf(!existsSync(join(real, 'expected.json')))('reads files that TFDS wrote in its order', async () => {
    const {files, counts} = await tfdsSplit(join(real, 'wmt17_translate/de-en/1.0.0'), 'train');
    const {order} = JSON.parse(readFileSync(join(real, 'expected.json'), 'utf8'));
    const ids = order['wmt17 train first 40'].map(({tfds_id}: {tfds_id: string}) => tfds_id);
    const found = [...tfdsOrder(counts).subarray(0, 40)].map((record) => {
      const shard = Math.floor(record / counts[0]!);
      return `${files[shard]!.split('/').at(-1)}__${record % counts[0]!}`;
    });
    expect(found).toEqual(ids);
  });
});
