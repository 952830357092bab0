import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {bytesField, tfRecord, varint} from '../../src/support/index.js';

/** A molecule as the files have it. */
export interface SmallMolecule {
  readonly atoms: number;
  readonly pairs: readonly (readonly [number, number])[];
  /** Labels that are known, by their number. */
  readonly labels: {readonly [task: number]: 0 | 1};
}

/** Chains and rings of 2 to 9 atoms, every fifth without bonds; of the 128 labels three are known, of task 5 only ones. */
export function smallMolecules(count: number): SmallMolecule[] {
  return Array.from({length: count}, (_, i) => {
    const atoms = i % 5 === 4 ? 1 : 2 + (i % 8);
    const chain = Array.from({length: atoms - 1}, (_, atom) => [atom, atom + 1] as const);
    const pairs = i % 3 === 0 && atoms > 2 ? [...chain, [atoms - 1, 0] as const] : chain;
    return {atoms, pairs, labels: {0: (atoms > 4 ? 1 : 0) as 0 | 1, 5: 1, 100: (i % 2) as 0 | 1}};
  });
}

const labelsOf = ({labels}: SmallMolecule): number[] =>
  Array.from({length: 128}, (_, task) => labels[task] ?? Number.NaN);
const featuresOf = (count: number, width: number, start: number): number[] =>
  Array.from({length: count * width}, (_, i) => (start + 3 * i) % 7);

/** A molecule as a record of TFDS's `ogbg_molpcba`; `changes` replace features. */
export function moleculeRecord(molecule: SmallMolecule, changes: {readonly [feature: string]: Buffer} = {}): Buffer {
  const {atoms, pairs} = molecule;
  const features: {[name: string]: Buffer} = {
    num_nodes: integers([atoms]),
    num_edges: integers([pairs.length]),
    node_feat: floats(featuresOf(atoms, 9, atoms)),
    edge_feat: floats(featuresOf(pairs.length, 3, atoms)),
    edge_index: integers(pairs.flat()),
    labels: floats(labelsOf(molecule)),
    ...changes,
  };
  const entries = Object.entries(features).map(([name, feature]) =>
    bytesField(1, Buffer.concat([bytesField(1, name), bytesField(2, feature)])),
  );
  return bytesField(1, Buffer.concat(entries));
}

/** A feature of numbers; of none it has no list. */
export function integers(values: readonly number[]): Buffer {
  return values.length === 0 ? Buffer.alloc(0) : bytesField(3, bytesField(1, Buffer.concat(values.map(varint))));
}

export function floats(values: readonly number[]): Buffer {
  const list = Buffer.from(Float32Array.from(values).buffer);
  return values.length === 0 ? Buffer.alloc(0) : bytesField(2, bytesField(1, list));
}

/** Molecules in the splits of the two forms. */
export type Splits = Readonly<Record<'train' | 'validation' | 'test', readonly SmallMolecule[]>>;

export const smallSplits: Splits = {
  train: smallMolecules(60),
  validation: smallMolecules(17),
  test: smallMolecules(11),
};

/** Writes records as TFDS lays them out: two files of training. @returns the folder of the version */
export function writeTfds(root: string, splits: Splits = smallSplits): string {
  const folder = join(root, 'ogbg_molpcba', '0.1.3');
  mkdirSync(folder, {recursive: true});
  const info = Object.entries(splits).map(([name, molecules]) => {
    const shards = name === 'train' ? [molecules.slice(0, 40), molecules.slice(40)] : [molecules];
    for (const [i, shard] of shards.entries())
      writeFileSync(
        join(folder, fileOf(name, i, shards.length)),
        Buffer.concat(shard.map((one) => tfRecord(moleculeRecord(one)))),
      );
    return {name, shardLengths: shards.map(({length}) => `${length}`)};
  });
  writeFileSync(join(folder, 'dataset_info.json'), JSON.stringify({name: 'ogbg_molpcba', splits: info}));
  return folder;
}

/** `ogbg_molpcba-train.tfrecord-00000-of-00002` */
export function fileOf(split: string, shard: number, shards: number): string {
  const digits = (number: number) => `${number}`.padStart(5, '0');
  return `ogbg_molpcba-${split}.tfrecord-${digits(shard)}-of-${digits(shards)}`;
}

/** Writes tables as OGB's archive has them, in `pcba`. @returns that folder */
export function writeTables(root: string, splits: Splits = smallSplits): string {
  const folder = join(root, 'pcba');
  const all = [...splits.train, ...splits.validation, ...splits.test];
  const rows = (values: readonly number[], width: number): (readonly number[])[] =>
    Array.from({length: values.length / width}, (_, i) => values.slice(i * width, (i + 1) * width));
  writeTable(
    folder,
    'raw/num-node-list',
    all.map(({atoms}) => [atoms]),
  );
  writeTable(
    folder,
    'raw/num-edge-list',
    all.map(({pairs}) => [pairs.length]),
  );
  writeTable(
    folder,
    'raw/node-feat',
    all.flatMap(({atoms}) => rows(featuresOf(atoms, 9, atoms), 9)),
  );
  writeTable(
    folder,
    'raw/edge-feat',
    all.flatMap(({atoms, pairs}) => rows(featuresOf(pairs.length, 3, atoms), 3)),
  );
  writeTable(
    folder,
    'raw/edge',
    all.flatMap(({pairs}) => pairs),
  );
  writeTable(folder, 'raw/graph-label', all.map(labelsOf));
  let first = 0;
  for (const [name, molecules] of [
    ['train', splits.train],
    ['valid', splits.validation],
    ['test', splits.test],
  ] as const) {
    writeTable(
      folder,
      `split/scaffold/${name}`,
      molecules.map((_, i) => [first + i]),
    );
    first += molecules.length;
  }
  return folder;
}

/** Numbers as OGB writes them; NaN is an empty cell. */
export function writeTable(folder: string, name: string, rows: readonly (readonly number[])[]): void {
  const path = join(folder, `${name}.csv.gz`);
  mkdirSync(join(path, '..'), {recursive: true});
  const lines = rows.map(
    (row) =>
      `${row.map((value) => (Number.isNaN(value) ? '' : name.endsWith('label') ? `${value}.0` : value)).join()}\n`,
  );
  writeFileSync(path, gzipSync(lines.join('')));
}
