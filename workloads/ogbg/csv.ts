import {createHash} from 'node:crypto';
import {join} from 'node:path';
import type {HostBatch, PackedBatches, Source} from '../../src/contract/index.js';
import {isThere} from '../../src/data/index.js';
import {alignedFloat32Array} from '../../src/engine/index.js';
import {UserError} from '../../src/support/index.js';
import {
  GRAPH_SIZE,
  type Graph,
  graphBatch,
  graphMemory,
  graphPacking,
  graphProblem,
  graphWriter,
  largestGraph,
  MOST_FEATURE,
} from './batch.js';
import {EDGE_FEATURES, NODE_FEATURES, TASKS} from './model.js';
import {readTable, type TableNumbers} from './tables.js';

/** More atoms than a molecule has. */
const MOST_ATOMS = 65_535;

/** By their names, of OGB's archive. */
const TABLES = ['num-node-list', 'num-edge-list', 'node-feat', 'edge-feat', 'edge', 'graph-label'];

/** In the tables of labels and of this module, an unknown one. */
const UNKNOWN = 2;

/** All molecules of OGB's tables. */
interface Molecules {
  readonly nodes: TableNumbers;
  readonly edges: TableNumbers;
  readonly pairs: TableNumbers;
  readonly labels: TableNumbers;
  /** Where the atoms and bonds of each molecule begin, and where those of the last one end: [molecules + 1]. */
  readonly firstAtoms: Float64Array;
  readonly firstBonds: Float64Array;
}

/** A table's path, plain or packed. @throws UserError if there is neither */
function tableIn(folder: string, name: string): string {
  const path = [`${name}.csv.gz`, `${name}.csv`].map((file) => join(folder, file)).find(isThere);
  if (path === undefined)
    throw new UserError(
      `${join(folder, `${name}.csv.gz`)}: there is no such file, nor one without .gz; unpack OGB's pcba.zip again`,
    );
  return path;
}

/** Whether a folder has tables that OGB hands out; which ones are missing is said by {@link csvSources}. */
export function hasTables(folder: string): boolean {
  return TABLES.flatMap((name) => [`${name}.csv.gz`, `${name}.csv`]).some((name) => isThere(join(folder, 'raw', name)));
}

/**
 * The splits of OGB's tables, which are read into memory.
 * @param folder - with `raw` and `split/scaffold`
 * @throws UserError naming the file, and the line, that is missing, cut or does not fit the others
 */
export async function csvSources(folder: string): Promise<{train: Source; validation: Source; test: Source}> {
  const molecules = await readMolecules(join(folder, 'raw'));
  const most = molecules.firstAtoms.length - 2;
  const before: SplitLines[] = [];
  const sourceOf = async (name: string): Promise<Source> => {
    const path = tableIn(join(folder, 'split', 'scaffold'), name);
    const rows = await readTable(path, {columns: 1, most});
    if (rows.length === 0) throw new UserError(`${path}: there is no molecule in this split`);
    requireNew({path, rows}, before, most + 1);
    before.push({path, rows});
    return moleculesSource(molecules, rows);
  };
  return {train: await sourceOf('train'), validation: await sourceOf('valid'), test: await sourceOf('test')};
}

/** The file of a split and the molecule of each line. */
interface SplitLines {
  readonly path: string;
  readonly rows: TableNumbers;
}

/**
 * @param before - the splits that were read before
 * @param molecules - how many there are in all
 * @throws UserError if a molecule comes again: what is trained on would be measured by as well, or count twice
 */
function requireNew({path, rows}: SplitLines, before: readonly SplitLines[], molecules: number): void {
  const isTaken = new Uint8Array(molecules);
  for (const split of before) for (const row of split.rows) isTaken[row] = 1;
  for (const [i, row] of rows.entries()) {
    if (isTaken[row]) {
      const first = [...before, {path, rows}].find((split) => split.rows.includes(row))!;
      throw new UserError(
        `${path}:${i + 1}: molecule ${row} is also at ${first.path}:${first.rows.indexOf(row) + 1}; a molecule may be in one split, ` +
          'once: remove one of the two lines',
      );
    }
    isTaken[row] = 1;
  }
}

async function readMolecules(raw: string): Promise<Molecules> {
  const counts = (name: string): Promise<TableNumbers> => readTable(tableIn(raw, name), {columns: 1, most: MOST_ATOMS});
  const [firstAtoms, firstBonds] = [firstsOf(await counts('num-node-list')), firstsOf(await counts('num-edge-list'))];
  const [atoms, bonds, molecules] = [firstAtoms.at(-1)!, firstBonds.at(-1)!, firstAtoms.length - 1];
  if (firstBonds.length - 1 !== molecules)
    throw new UserError(
      `${tableIn(raw, 'num-edge-list')}: must have ${molecules} lines, as ${tableIn(raw, 'num-node-list')} has, found ${firstBonds.length - 1}`,
    );
  const features = {most: MOST_FEATURE};
  const nodes = await readTable(tableIn(raw, 'node-feat'), {columns: NODE_FEATURES, lines: atoms, ...features});
  const edges = await readTable(tableIn(raw, 'edge-feat'), {columns: EDGE_FEATURES, lines: bonds, ...features});
  const pairs = await readTable(tableIn(raw, 'edge'), {columns: 2, lines: bonds, most: MOST_ATOMS});
  const labels = await readTable(tableIn(raw, 'graph-label'), {
    columns: TASKS,
    lines: molecules,
    most: 1,
    empty: UNKNOWN,
  });
  const all: Molecules = {nodes, edges, pairs, labels, firstAtoms, firstBonds};
  requireMolecules(all, raw);
  return all;
}

/** Where each of several stretches begins, and where the last one ends. @param counts - their lengths */
function firstsOf(counts: TableNumbers): Float64Array {
  const firsts = new Float64Array(counts.length + 1);
  for (const [i, count] of counts.entries()) firsts[i + 1] = firsts[i]! + count;
  return firsts;
}

function requireMolecules(molecules: Molecules, raw: string): void {
  for (let i = 0; i < molecules.firstAtoms.length - 1; i++) {
    const {atoms, bonds} = sizesOf(molecules, i);
    const problem = graphProblem(moleculeAt(molecules, i), atoms, bonds);
    if (problem) throw new UserError(`${raw}: molecule ${i} of these tables can't be used: ${problem}`);
  }
}

function sizesOf({firstAtoms, firstBonds}: Molecules, i: number): {atoms: number; bonds: number} {
  return {atoms: firstAtoms[i + 1]! - firstAtoms[i]!, bonds: firstBonds[i + 1]! - firstBonds[i]!};
}

function moleculeAt({nodes, edges, pairs, labels, firstAtoms, firstBonds}: Molecules, i: number): Graph {
  const [atom, bond, endAtom, endBond] = [firstAtoms[i]!, firstBonds[i]!, firstAtoms[i + 1]!, firstBonds[i + 1]!];
  return {
    nodes: nodes.subarray(atom * NODE_FEATURES, endAtom * NODE_FEATURES),
    edges: edges.subarray(bond * EDGE_FEATURES, endBond * EDGE_FEATURES),
    pairs: pairs.subarray(2 * bond, 2 * endBond),
    labels: Float32Array.from(labels.subarray(i * TASKS, (i + 1) * TASKS), (label) =>
      label === UNKNOWN ? Number.NaN : label,
    ),
  };
}

/** @param rows - which molecules: [examples] */
function moleculesSource(molecules: Molecules, rows: TableNumbers): Source {
  const sizes = new Float64Array(rows.length * GRAPH_SIZE);
  for (const [i, row] of rows.entries()) {
    const {atoms, bonds} = sizesOf(molecules, row);
    sizes.set([atoms, bonds], i * GRAPH_SIZE);
  }
  const largest = largestGraph(sizes);
  const packed = (batchSize: number): PackedBatches => {
    const packing = graphPacking(batchSize);
    return {
      most: packing.most,
      take: (examples) => packing.take(examples, sizes),
      read(examples, _, reuse) {
        const memory = emptied(reuse) ?? graphMemory(packing, alignedFloat32Array);
        const writer = graphWriter(memory);
        for (const example of examples) writer.add(moleculeAt(molecules, rows[example]!));
        writer.finish();
        return graphBatch(packing, memory);
      },
    };
  };
  return {
    size: rows.length,
    packed,
    leastBatchSize: largest.leastBatchSize,
    largestExample: `molecule ${rows[largest.row]} of the tables, of ${largest.text}`,
    read: (examples, key, reuse) => packed(examples.length).read(examples, key, reuse, 0),
    fingerprint: () => fingerprintOf(molecules, rows),
  };
}

/** The memory of a batch that is needed no more, all 0. */
function emptied(batch: HostBatch | undefined): {[field: string]: HostBatch[string]['data']} | undefined {
  return batch && Object.fromEntries(Object.entries(batch).map(([name, {data}]) => [name, data.fill(0)]));
}

function fingerprintOf({nodes, edges, pairs, labels}: Molecules, rows: TableNumbers): string {
  const hash = createHash('sha256');
  for (const {buffer, byteOffset, byteLength} of [nodes, edges, pairs, labels, rows])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}
