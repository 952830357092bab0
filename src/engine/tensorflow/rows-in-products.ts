import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes, nodeOf, reachable} from './graph-def.js';
import {LARGE} from './mat-mul.js';
import type {TensorForm} from './operation-results.js';

/** A value of the graph, with its form. */
interface NamedForm extends TensorForm {
  readonly ref: string;
}

/** Rows that are added to some of another matrix's. */
interface ScatteredRows {
  /** The nodes' outputs with the numbers of the rows, int32 [n], and with the rows, float32 [n, width]. */
  readonly ids: string;
  readonly rows: string;
}

/** A sum of a matrix and of rows that belong to some of its rows. */
export interface RowSum extends ScatteredRows {
  /** The matrix. */
  readonly to: string;
}

/** Collects the sums of a recorded call. */
export interface RowNotes {
  /** By their nodes' names. */
  readonly sums: ReadonlyMap<string, RowSum>;
  /** An operation that has been recorded. */
  note(op: string, name: string, inputs: readonly NamedForm[]): void;
}

export function createRowNotes(): RowNotes {
  const scattered = new Map<string, ScatteredRows>();
  const sums = new Map<string, RowSum>();
  return {
    sums,
    note(op, name, inputs) {
      const [a, b] = inputs as [NamedForm, NamedForm];
      if (op === 'UnsortedSegmentSum' && isMatrix(a) && b.dtype === dataTypes.int32 && b.shape.length === 1)
        scattered.set(name, {ids: b.ref, rows: a.ref});
      if (!['Add', 'AddV2'].includes(op) || !isMatrix(a) || String(a.shape) !== String(b.shape)) return;
      for (const [to, of] of [[a, b] as const, [b, a] as const]) {
        const rows = scattered.get(of.ref);
        if (rows) sums.set(name, {...rows, to: to.ref});
      }
    },
  };
}

function isMatrix({dtype, shape}: NamedForm): boolean {
  return dtype === dataTypes.float32 && shape.length === 2;
}

/**
 * Adds products that add up rows themselves in place of sums of a product and of rows: such is the gradient of a table that a model
 * both reads rows of and multiplies by. The rows alone would need an array of the table's size.
 * @param taken - the outputs of nodes that are needed
 * @returns the new nodes by the names of those whose place they take
 */
export function addRowsToProducts(
  graph: GraphBuilder,
  taken: readonly string[],
  sums: ReadonlyMap<string, RowSum>,
): Map<string, string> {
  const moved = new Map<string, string>();
  if (sums.size === 0) return moved;
  const nodes = reachable(graph.nodes, taken);
  const uses = [...taken, ...nodes.flatMap(({inputs}) => inputs)].map(nodeOf);
  for (const {name} of nodes) {
    const sum = sums.get(name);
    if (!sum || uses.filter((use) => use === nodeOf(sum.to)).length > 1) continue;
    const product = graph.nodes.find((node) => node.name === (moved.get(sum.to) ?? sum.to));
    if (product?.op !== LARGE) continue;
    const [a, b, ...others] = product.inputs as [string, string, ...string[]];
    const count = others.length / 2;
    const inputs = [a, b, ...others.slice(0, count), sum.ids, ...others.slice(count), sum.rows];
    moved.set(name, graph.add(LARGE, inputs, {...product.attributes, N: attribute.int(count + 1)}));
  }
  return moved;
}
