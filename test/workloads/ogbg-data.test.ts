import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {gunzipSync, gzipSync} from 'node:zlib';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {Dataset, HostBatch, Source} from '../../src/contract/index.js';
import {createInputQueue, evaluationBatches} from '../../src/data/index.js';
import {tfRecord} from '../../src/support/index.js';
import {root, temporaryFolder} from '../helpers/cli.js';
import {
  fileOf,
  floats,
  integers,
  moleculeRecord,
  smallMolecules,
  smallSplits,
  writeTables,
  writeTfds,
} from '../helpers/ogbg.js';

// Records are decoded in threads, which load built modules.
const {loadOgbg} = (await import(
  pathToFileURL(join(root, 'dist', 'workloads', 'ogbg', 'data.js')).href
)) as typeof import('../../workloads/ogbg/data.js');

let folder = '';
const opened: Dataset[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  vi.stubEnv('ALGOPERF_DATA_DIR', '');
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const {train, validation, test} of opened.splice(0))
    for (const source of [train, validation, test]) await source?.close?.();
});

async function open(dir?: string): Promise<Dataset> {
  const dataset = await loadOgbg(dir);
  opened.push(dataset);
  return dataset;
}

/** All batches of a split, as plain numbers. */
async function batchesOf(source: Source, batchSize: number): Promise<HostBatch[]> {
  const batches = evaluationBatches({split: 'validation', source, batchSize});
  const next = batches.start();
  const all: HostBatch[] = [];
  for (let i = 0; i < batches.count; i++) all.push(structuredClone(await next()));
  return all;
}

test('of several versions the newest is read', async () => {
  const newest = join(folder, 'ogbg_molpcba', '0.1.10');
  renameSync(writeTfds(folder), newest);
  writeTfds(folder);
  expect((await open(folder)).source).toBe(newest);
});

describe('a batch', () => {
  test('has both directions of each bond, the padding in a graph of its own, and weights where a label is known', async () => {
    writeTfds(folder);
    const {validation} = await open(folder);
    const [batch] = await batchesOf(validation, 4);
    const molecules = smallSplits.validation.slice(0, 4);
    const nodes = molecules.reduce((sum, {atoms}) => sum + atoms, 0);
    expect(Object.fromEntries(Object.entries(batch!).map(([name, {shape}]) => [name, shape]))).toEqual({
      nodes: [105, 9],
      edges: [224, 3],
      senders: [224],
      receivers: [224],
      nodeGraphs: [105],
      edgeGraphs: [224],
      targets: [5, 128],
      weights: [5, 128],
    });
    let first = 0;
    const edges = molecules.flatMap(({atoms, pairs}, graph) => {
      const ofGraph = [...pairs, ...pairs.map(([a, b]) => [b, a] as const)].map(([a, b]) => [
        first + a,
        first + b,
        graph,
      ]);
      first += atoms;
      return ofGraph;
    });
    const {senders, receivers, nodeGraphs, edgeGraphs, targets, weights} = batch!;
    const found = edges.map((_, i) => [senders!.data[i], receivers!.data[i], edgeGraphs!.data[i]]);
    expect(found).toEqual(edges);
    for (const name of ['senders', 'receivers'] as const)
      expect(new Set(batch![name]!.data.slice(edges.length))).toEqual(new Set([nodes]));
    expect(new Set(edgeGraphs!.data.slice(edges.length))).toEqual(new Set([4]));
    expect([...nodeGraphs!.data]).toEqual([
      ...molecules.flatMap(({atoms}, graph) => Array(atoms).fill(graph)),
      ...Array(105 - nodes).fill(4),
    ]);
    const known = (row: number) => [0, 5, 100].map((task) => targets!.data[row * 128 + task]);
    expect(molecules.map((_, row) => known(row))).toEqual(
      molecules.map(({labels}) => [labels[0], labels[5], labels[100]]),
    );
    expect([...weights!.data].reduce((sum, weight) => sum + weight, 0)).toBe(12);
    expect(targets!.data.every((target) => target === 0 || target === 1)).toBe(true);
  });

  test('closes when the next molecule has no room, of nodes or of edges', async () => {
    const chain = (atoms: number) => ({
      atoms,
      pairs: Array.from({length: atoms - 1}, (_, i) => [i, i + 1] as const),
      labels: {},
    });
    const ring = {atoms: 4, pairs: Array.from({length: 27}, (_, i) => [i % 4, (i + 1) % 4] as const), labels: {}};
    const validation = [chain(26), chain(26), chain(27), chain(20), chain(6), ring, ring, ring, chain(3)];
    writeTfds(folder, {...smallSplits, validation});
    const counts = (await batchesOf((await open(folder)).validation, 2)).map(
      ({nodeGraphs}) => nodeGraphs!.data.filter((graph, i, all) => i > 0 && graph !== all[i - 1]).length,
    );
    // 26 + 26 fill the 52 nodes; 27 + 20; 6 with a ring; two rings of 54 edges each; a chain.
    expect(counts).toEqual([2, 2, 2, 2, 1]);
  });
});

test.each(['records', 'tables'])('of %s the molecule that needs the largest batch is told', async (form) => {
  const chain = {atoms: 300, pairs: Array.from({length: 299}, (_, i) => [i, i + 1] as const), labels: {}};
  const path = (form === 'records' ? writeTfds : writeTables)(folder, {
    ...smallSplits,
    train: [...smallMolecules(42), chain],
  });
  const {train} = await open(folder);
  const which = form === 'records' ? `record 2 of ${join(path, fileOf('train', 1, 2))}` : 'molecule 42 of the tables';
  expect(train.leastBatchSize).toBe(12);
  expect(train.largestExample).toBe(`${which}, of 300 atoms and 299 bonds`);
});

describe('both forms', () => {
  test('have the same batches', async () => {
    writeTfds(join(folder, 'a'));
    writeTables(join(folder, 'b'));
    const [records, tables] = [await open(join(folder, 'a')), await open(join(folder, 'b'))];
    for (const split of ['train', 'validation', 'test'] as const) {
      expect(tables[split]!.size).toBe(smallSplits[split].length);
      // Of two files TFDS reads 16 records each in turn.
      if (split === 'train') continue;
      expect(await batchesOf(tables[split]!, 5)).toEqual(await batchesOf(records[split]!, 5));
    }
    expect([records.train.leastBatchSize, tables.train.leastBatchSize]).toEqual([1, 1]);
  });

  test.each(['records', 'tables'])(
    'of %s a queue continues in the middle of an epoch and of the next',
    async (form) => {
      (form === 'records' ? writeTfds : writeTables)(folder);
      const {train} = await open(folder);
      const options = {source: train, batchSize: 3, key: [1, 2] as const};
      const whole = createInputQueue(options);
      const batches: {batch: HostBatch; position: number}[] = [];
      for (let i = 0; i < 50; i++) batches.push({batch: structuredClone(await whole.next()), position: whole.position});
      expect(batches.at(-1)!.position).toBeGreaterThan(120);
      for (const at of [7, 22, 41]) {
        const later = createInputQueue({...options, position: batches[at]!.position});
        for (let i = at + 1; i < Math.min(at + 4, 50); i++) expect(await later.next()).toEqual(batches[i]!.batch);
      }
    },
  );

  test.each(['records', 'tables'])('of %s differ in their fingerprint when a label does', async (form) => {
    const write = form === 'records' ? writeTfds : writeTables;
    write(join(folder, 'a'));
    const [first, ...rest] = smallSplits.train;
    write(join(folder, 'b'), {...smallSplits, train: [{...first!, labels: {1: 1}}, ...rest]});
    const prints = [await open(join(folder, 'a')), await open(join(folder, 'b'))].map(({train}) =>
      train.fingerprint!(),
    );
    const [a, b] = await Promise.all(prints);
    expect(a).not.toBe(b);
  });
});

describe('where the data is', () => {
  test.each([
    ['', 'tfds'],
    ['ogbg', 'tfds'],
    ['', 'csv'],
    ['ogbg', 'csv'],
    [join('ogbg', 'raw_ogb_csv'), 'csv'],
  ])('in %j as %s, by --data-dir and ALGOPERF_DATA_DIR', async (inner, form) => {
    const path = (form === 'tfds' ? writeTfds : writeTables)(join(folder, 'data', inner));
    expect((await open(join(folder, 'data'))).source).toBe(path);
    expect((await open(path)).source).toBe(path);
    vi.stubEnv('ALGOPERF_DATA_DIR', join(folder, 'data'));
    expect((await open()).source).toBe(path);
  });

  test('nowhere: the message says how to get it and how it must lie', async () => {
    mkdirSync(join(folder, 'empty'));
    await expect(loadOgbg(join(folder, 'empty'))).rejects.toThrow(
      /there is no ogbg-molpcba data in [\s\S]*is empty[\s\S]*ogbg_molpcba\/<version>\/[\s\S]*pcba\/raw\/\*\.csv\.gz/,
    );
    await expect(loadOgbg(join(folder, 'none'))).rejects.toThrow(
      `--data-dir: there is no folder '${join(folder, 'none')}'`,
    );
  });

  test('a part that is missing is named', async () => {
    const tables = writeTables(join(folder, 'tables'));
    for (const file of readdirSync(join(tables, 'raw'))) {
      const path = join(tables, 'raw', file);
      const content = readFileSync(path);
      rmSync(path);
      await expect(loadOgbg(join(folder, 'tables'))).rejects.toThrow(`${path}: there is no such file`);
      writeFileSync(path, content);
    }
    const info = join(writeTfds(join(folder, 'records')), 'dataset_info.json');
    rmSync(info);
    await expect(loadOgbg(join(folder, 'records'))).rejects.toThrow(
      `${info}: it is missing; the records beside it need it`,
    );
  });

  test('an archive that is not unpacked is recognised', async () => {
    writeFileSync(join(folder, 'pcba.zip'), '');
    await expect(loadOgbg(folder)).rejects.toThrow('The archive is not unpacked');
  });
});

test('how far the records have been read is told', async () => {
  writeTfds(folder);
  const told: [string, number][] = [];
  opened.push(await loadOgbg(folder, (...each) => void told.push(each)));
  const ofTrain = told.filter(([work]) => work === 'reading the atoms and bonds of 60 records');
  expect(ofTrain.map(([, share]) => share)).toEqual([0, 40 / 60, 1]);
});

describe('records that are damaged', () => {
  const change = (file: string, by: (bytes: Buffer) => Buffer) => writeFileSync(file, by(readFileSync(file)));

  test('by a flipped bit are named when the data is first opened', async () => {
    const file = join(writeTfds(folder), fileOf('train', 1, 2));
    change(file, (bytes) => {
      bytes[700]! ^= 4;
      return bytes;
    });
    await expect(loadOgbg(folder)).rejects.toThrow(`${file}: record 0 can't be used: its checksum is wrong`);
  });

  test('by a flipped bit after that are named where their batch is drawn', async () => {
    const file = join(writeTfds(folder), fileOf('validation', 0, 1));
    const time = new Date(1_700_000_000_000);
    utimesSync(file, time, time);
    await open(folder);
    change(file, (bytes) => {
      bytes[700]! ^= 4;
      return bytes;
    });
    utimesSync(file, time, time);
    await expect(batchesOf((await open(folder)).validation, 5)).rejects.toThrow(
      `${file}: record 0 can't be used: its checksum is wrong`,
    );
  });

  test('by a cut are named', async () => {
    const file = join(writeTfds(folder), fileOf('test', 0, 1));
    change(file, (bytes) => bytes.subarray(0, -100));
    await expect(loadOgbg(folder)).rejects.toThrow(`${file}: the file is cut within record 10`);
  });

  const molecule = smallMolecules(3)[2]!;
  const atomsWith = (odd: number): Buffer => floats([...Array(20).fill(255), odd, ...Array(15).fill(0)]);
  test.each([
    ['num_nodes', integers([5]), 'with 5 atoms and 3 bonds it must have 45 features of atoms, found 36'],
    ['num_edges', integers([2]), 'with 4 atoms and 2 bonds it must have 6 features of bonds, found 9'],
    ['num_edges', integers([1, 2]), "its feature 'num_edges' must be one number, found 2"],
    ['edge_index', integers([0, 1, 1, 2, 2, 4]), 'bond 2 is of atom 4; its atoms are 0 to 3'],
    ['labels', floats([1, 0]), 'it must have 128 labels, found 2'],
    ['labels', floats(Array(128).fill(2)), 'label 0 must be 0, 1 or NaN, found 2'],
    ['node_feat', integers([]), 'it must have 36 features of atoms, found 0'],
    ['node_feat', atomsWith(Number.NaN), 'feature 2 of atom 2 must be an integer from 0 to 255, found NaN'],
    [
      'node_feat',
      atomsWith(Number.POSITIVE_INFINITY),
      'feature 2 of atom 2 must be an integer from 0 to 255, found Inf',
    ],
    ['node_feat', atomsWith(-1), 'feature 2 of atom 2 must be an integer from 0 to 255, found -1'],
    ['node_feat', atomsWith(0.5), 'feature 2 of atom 2 must be an integer from 0 to 255, found 0.5'],
    ['node_feat', atomsWith(256), 'feature 2 of atom 2 must be an integer from 0 to 255, found 256'],
    [
      'edge_feat',
      floats([0, 0, 0, 0, 999, 0, 0, 0, 0]),
      'feature 1 of bond 1 must be an integer from 0 to 255, found 999',
    ],
  ])('a %s that does not fit the rest', async (feature, value, message) => {
    const file = join(writeTfds(folder, {...smallSplits, test: [molecule]}), fileOf('test', 0, 1));
    writeFileSync(file, tfRecord(moleculeRecord(molecule, {[feature]: value})));
    await expect(loadOgbg(folder)).rejects.toThrow(`${file}: record 0 can't be used: `);
    await expect(loadOgbg(folder)).rejects.toThrow(message);
  });
});

describe('tables that are damaged', () => {
  const edit = (file: string, by: (text: string) => string): string => {
    const path = join(writeTables(folder), file);
    writeFileSync(path, gzipSync(by(gunzipSync(readFileSync(path)).toString())));
    return path;
  };

  test.each(['raw/node-feat.csv.gz', 'raw/graph-label.csv.gz', 'split/scaffold/train.csv.gz'])(
    '%s: cut',
    async (name) => {
      const path = join(writeTables(folder), name);
      writeFileSync(path, readFileSync(path).subarray(0, -20));
      await expect(loadOgbg(folder)).rejects.toThrow(
        `${path}: can't be read: unexpected end of file; the file is cut or damaged, fetch or make it again`,
      );
    },
  );

  test('a file is missing', async () => {
    rmSync(join(writeTables(folder), 'raw', 'edge.csv.gz'));
    await expect(loadOgbg(folder)).rejects.toThrow('edge.csv.gz: there is no such file, nor one without .gz; unpack');
  });

  test.each([
    [
      'raw/node-feat.csv.gz',
      (text: string) => text.replace(/.*\n/, ''),
      /: must have \d+ lines, found \d+; is the file cut/,
    ],
    [
      'raw/num-edge-list.csv.gz',
      (text: string) => text.replace(/.*\n/, ''),
      /: must have 88 lines, as .*num-node-list.csv.gz has, found 87/,
    ],
    ['raw/edge-feat.csv.gz', (text: string) => text.replace(/,\d\n/, '\n'), /:1: a line must have 3 numbers, found 2/],
    [
      'raw/edge.csv.gz',
      (text: string) => text.replace('0,1\n', '0,x\n'),
      /:1: numbers must be integers from 0 to 65535, found 'x'/,
    ],
    [
      'raw/edge.csv.gz',
      (text: string) => text.replace('0,1\n', '0,60\n'),
      /: molecule 0 of these tables can't be used: bond 0 is of atom 60/,
    ],
    [
      'raw/graph-label.csv.gz',
      (text: string) => text.replace('1.0', '0.5'),
      /:1: numbers must be integers from 0 to 1 or empty, found '0.5'/,
    ],
    ['split/scaffold/test.csv.gz', () => '88\n', /:1: numbers must be integers from 0 to 87, found '88'/],
    ['split/scaffold/test.csv.gz', () => '', /: there is no molecule in this split/],
    [
      'split/scaffold/test.csv.gz',
      (text: string) => text.replace('78\n', '3\n'),
      /test.csv.gz:2: molecule 3 is also at .*train.csv.gz:4; a molecule may be in one split, once/,
    ],
    [
      'split/scaffold/test.csv.gz',
      (text: string) => `${text}77\n`,
      /test.csv.gz:12: molecule 77 is also at .*test.csv.gz:1; a molecule may be in one split, once/,
    ],
  ])('%s: %s', async (name, by, message) => {
    const path = edit(name, by);
    await expect(loadOgbg(folder)).rejects.toThrow(message);
    await expect(loadOgbg(folder)).rejects.toThrow(path.replace(/\/edge.csv.gz$/, ''));
  });

  test('plain files, CRLF, a last line without an end and nan are read', async () => {
    const tables = writeTables(folder);
    const batches = await batchesOf((await open(folder)).test!, 4);
    for (const name of ['raw/graph-label', 'raw/edge']) {
      const text = gunzipSync(readFileSync(join(tables, `${name}.csv.gz`))).toString();
      const labels = name.endsWith('label') ? text.replaceAll(',,', ',nan,').replaceAll(',,', ',nan,') : text;
      writeFileSync(join(tables, `${name}.csv`), labels.trimEnd().replaceAll('\n', '\r\n'));
      renameSync(join(tables, `${name}.csv.gz`), join(folder, `${name.length}`));
    }
    expect(await batchesOf((await open(folder)).test!, 4)).toEqual(batches);
  });
});

const data = process.env.ALGOPERF_DATA_DIR && join(process.env.ALGOPERF_DATA_DIR, 'ogbg');
const hasData = data !== undefined && data !== '' && existsSync(join(data, 'expected.json'));

test.skipIf(!hasData)(
  hasData
    ? "batches of validation are AlgoPerf's, bit for bit"
    : "batches as AlgoPerf's (skipped: needs the folder ogbg of ALGOPERF_DATA_DIR)",
  async () => {
    const expected = JSON.parse(readFileSync(join(data!, 'expected.json'), 'utf8'));
    const dataset = await open(join(data!, 'ogbg_molpcba'));
    const counts = [dataset.train, dataset.validation, dataset.test!].map(({size}) => size);
    expect(counts).toEqual(['train', 'validation', 'test'].map((split) => expected.stats[split].examples));
    const golden: {[field: string]: {shape: number[]; sum: number; dtype: string; sha256?: string}}[] =
      expected.batches['validation, global batch 32'];
    const batches = await batchesOf(dataset.validation, 32);
    expect(batches.length).toBe(golden.length);
    for (const [i, batch] of batches.entries()) {
      for (const name of ['nodes', 'edges', 'senders', 'receivers', 'targets', 'weights'] as const) {
        const {shape, dtype, sum, sha256} = golden[i]![name]!;
        const {data: values, shape: found} = batch[name]!;
        expect(found, name).toEqual(shape);
        if (sum !== undefined)
          expect(
            [...values].reduce((total, value) => total + value, 0),
            name,
          ).toBe(sum);
        const bytes = dtype === 'int64' ? BigInt64Array.from(values, BigInt) : values;
        const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        if (sha256) expect(createHash('sha256').update(view).digest('hex'), name).toBe(sha256);
      }
    }
  },
);
