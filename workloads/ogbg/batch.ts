import type {HostBatch, NdArray, Rows} from '../../src/contract/index.js';
import type {ExampleForm, LargestExample, Packing} from '../../src/data/index.js';
import {counted} from '../../src/support/index.js';
import {EDGE_FEATURES, EDGES_PER_GRAPH, NODE_FEATURES, NODES_PER_GRAPH, TASKS} from './model.js';

/** Features of atoms and bonds are numbers of small classes. */
export const MOST_FEATURE = 255;

/** A molecule: atoms, bonds and what is known of it. */
export interface Graph {
  /** [atoms, NODE_FEATURES] */
  readonly nodes: ArrayLike<number>;
  /** [bonds, EDGE_FEATURES] */
  readonly edges: ArrayLike<number>;
  /** The two atoms of each bond: [bonds, 2]. */
  readonly pairs: ArrayLike<number>;
  /** 0, 1, or NaN where it is unknown: [TASKS]. */
  readonly labels: ArrayLike<number>;
}

/** How many atoms and bonds a molecule has: the two numbers that packing goes by. */
export const GRAPH_SIZE = 2;

/**
 * How molecules are packed into a batch, as AlgoPerf does: up to `batchSize` of them, as long as atoms and bonds have room. What is
 * left is one more graph, of padding. The fields, with `edges` counting both directions of a bond:
 * - `nodes` [nodes, NODE_FEATURES], `edges` [edges, EDGE_FEATURES]: float32;
 * - `senders` and `receivers` [edges]: the nodes of each edge; `nodeGraphs` [nodes] and `edgeGraphs` [edges]: what belongs to which
 *   graph: int32;
 * - `targets` and `weights` [batchSize + 1, TASKS]: float32, 0 where a label is unknown.
 */
export function graphPacking(batchSize: number): Packing {
  const [nodes, edges, graphs] = [NODES_PER_GRAPH * batchSize, EDGES_PER_GRAPH * batchSize, batchSize + 1];
  const [floats, integers] = [(...shape: number[]) => form(shape, 'float32'), (size: number) => form([size], 'int32')];
  return {
    most: batchSize,
    take: (rows, sizes) => takeGraphs(rows, sizes, nodes, edges),
    forms: {
      nodes: floats(nodes + 1, NODE_FEATURES),
      edges: floats(edges, EDGE_FEATURES),
      senders: integers(edges),
      receivers: integers(edges),
      nodeGraphs: integers(nodes + 1),
      edgeGraphs: integers(edges),
      targets: floats(graphs, TASKS),
      weights: floats(graphs, TASKS),
    },
  };
}

function form(shape: readonly number[], dtype: ExampleForm['dtype']): ExampleForm {
  return {shape, dtype};
}

/** @param sizes - atoms and bonds of each molecule: [molecules, 2] */
function takeGraphs(rows: Rows, sizes: Float64Array, mostNodes: number, mostEdges: number): number {
  let [nodes, edges] = [0, 0];
  for (const [count, row] of rows.entries()) {
    nodes += sizes[GRAPH_SIZE * row]!;
    edges += 2 * sizes[GRAPH_SIZE * row + 1]!;
    if (nodes > mostNodes || edges > mostEdges) return count;
  }
  return rows.length;
}

/** The first molecule that needs the largest batch. @param sizes - atoms and bonds of each: [molecules, 2] */
export function largestGraph(sizes: Float64Array): LargestExample {
  let [row, least] = [0, 0];
  for (let i = 0; i < sizes.length; i += GRAPH_SIZE) {
    const needed = Math.max(
      1,
      Math.ceil(sizes[i]! / NODES_PER_GRAPH),
      Math.ceil((2 * sizes[i + 1]!) / EDGES_PER_GRAPH),
    );
    if (needed > least) [row, least] = [i / GRAPH_SIZE, needed];
  }
  const [atoms, bonds] = sizes.subarray(GRAPH_SIZE * row, GRAPH_SIZE * (row + 1));
  return {row, leastBatchSize: least, text: `${counted(atoms!, 'atom')} and ${counted(bonds!, 'bond')}`};
}

/** The values of a batch's fields, as `graphPacking` lays them out. */
export interface GraphMemory {
  readonly [field: string]: NdArray['data'];
}

/** Writes a batch's molecules one after the other. */
export interface GraphWriter {
  add(graph: Graph): void;
  /** After the last one: what is left belongs to the graph of padding, whose edges all lead to its first node. */
  finish(): void;
}

/** @param memory - of the fields of a batch, all 0 */
export function graphWriter(memory: GraphMemory): GraphWriter {
  const {nodes, edges, senders, receivers, nodeGraphs, edgeGraphs, targets, weights} = memory;
  let [node, edge, graph] = [0, 0, 0];
  return {
    add({nodes: atoms, edges: bonds, pairs, labels}) {
      const [atomCount, bondCount] = [atoms.length / NODE_FEATURES, bonds.length / EDGE_FEATURES];
      nodes!.set(atoms, node * NODE_FEATURES);
      nodeGraphs!.fill(graph, node, node + atomCount);
      edges!.set(bonds, edge * EDGE_FEATURES);
      edges!.set(bonds, (edge + bondCount) * EDGE_FEATURES);
      edgeGraphs!.fill(graph, edge, edge + 2 * bondCount);
      for (let i = 0; i < bondCount; i++) {
        const [from, to, back] = [node + pairs[2 * i]!, node + pairs[2 * i + 1]!, edge + bondCount + i];
        senders![edge + i] = receivers![back] = from;
        receivers![edge + i] = senders![back] = to;
      }
      for (let task = 0; task < TASKS; task++) {
        if (Number.isNaN(labels[task]!)) continue;
        targets![graph * TASKS + task] = labels[task]!;
        weights![graph * TASKS + task] = 1;
      }
      node += atomCount;
      edge += 2 * bondCount;
      graph += 1;
    },
    finish() {
      nodeGraphs!.fill(graph, node);
      edgeGraphs!.fill(graph, edge);
      senders!.fill(node, edge);
      receivers!.fill(node, edge);
    },
  };
}

/**
 * What is wrong with a molecule, or undefined: sizes that do not fit together, features that are no classes, bonds of atoms that are not
 * there, odd labels.
 */
export function graphProblem({nodes, edges, pairs, labels}: Graph, atoms: number, bonds: number): string | undefined {
  for (const [name, {length}, wanted] of [
    ['features of atoms', nodes, atoms * NODE_FEATURES],
    ['features of bonds', edges, bonds * EDGE_FEATURES],
    ['numbers of bonded atoms', pairs, bonds * 2],
    ['labels', labels, TASKS],
  ] as const)
    if (length !== wanted)
      return `with ${atoms} atoms and ${bonds} bonds it must have ${wanted} ${name}, found ${length}`;
  if (atoms === 0) return 'a molecule must have at least one atom';
  const odd = featureProblem('atom', nodes, NODE_FEATURES) ?? featureProblem('bond', edges, EDGE_FEATURES);
  if (odd) return odd;
  for (let i = 0; i < pairs.length; i++) {
    const atom = pairs[i]!;
    if (!(Number.isInteger(atom) && atom >= 0 && atom < atoms))
      return `bond ${Math.floor(i / 2)} is of atom ${atom}; its atoms are 0 to ${atoms - 1}`;
  }
  for (let task = 0; task < TASKS; task++) {
    const label = labels[task]!;
    if (label !== 0 && label !== 1 && !Number.isNaN(label)) return `label ${task} must be 0, 1 or NaN, found ${label}`;
  }
  return undefined;
}

function featureProblem(of: 'atom' | 'bond', features: ArrayLike<number>, width: number): string | undefined {
  for (let i = 0; i < features.length; i++) {
    const value = features[i]!;
    if (!(Number.isInteger(value) && value >= 0 && value <= MOST_FEATURE))
      return `feature ${i % width} of ${of} ${Math.floor(i / width)} must be an integer from 0 to ${MOST_FEATURE}, found ${value}`;
  }
  return undefined;
}

/** Empty memory for the fields of a batch. */
export function graphMemory({forms}: Packing, newFloats: (length: number) => Float32Array): GraphMemory {
  return Object.fromEntries(
    Object.entries(forms).map(([name, {shape, dtype}]) => {
      const length = shape.reduce((size, each) => size * each, 1);
      return [name, dtype === 'float32' ? newFloats(length) : new Int32Array(length)];
    }),
  );
}

/** A batch of its fields' values. */
export function graphBatch({forms}: Packing, memory: GraphMemory): HostBatch {
  return Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, {...form, data: memory[name]!}]));
}
