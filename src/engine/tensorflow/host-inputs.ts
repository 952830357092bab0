import {
  type ExampleField,
  type HostInput,
  type HostInputs,
  type Key,
  leavesOf,
  type NdArray,
} from '../../contract/index.js';
import {isArrayInput} from '../entry-result.js';
import {foldIn} from '../random.js';
import {memoryForRows, type UnreadRows, unreadRowsOf, writeRows} from '../rows.js';
import type {Binding, HostData} from './binding.js';
import type {FoldedKey} from './folded-keys.js';
import {dataTypes} from './graph-def.js';
import type {Form, InputForm} from './trace.js';

/** A leaf of the inputs: values in memory, or rows of an array that the graph picks. */
export interface HostLeaf extends Form {
  readonly path: string;
  /** The values; of rows, their numbers. */
  readonly fed: Fed;
  readonly source: ExampleField | undefined;
}

/** What a graph is fed for a leaf. */
export interface Fed extends Form {
  readonly data: HostData;
}

/** @param picksRows - whether the graph picks rows itself; else they are values like others */
export function hostLeaves(inputs: HostInputs, picksRows: boolean): HostLeaf[] {
  return leavesOf<HostInput>(inputs).map(({path, value}) => {
    if (typeof value === 'number') return plainLeaf(path, {shape: [], dtype: 'float32', data: Float32Array.of(value)});
    if (!isArrayInput(value, path)) return plainLeaf(path, {shape: [2], dtype: 'int32', data: Int32Array.of(...value)});
    const rows = picksRows ? unreadRowsOf(value) : undefined;
    return rows && fits(rows.source) ? rowsLeaf(path, value, rows) : plainLeaf(path, value);
  });
}

/** The leaves with the keys behind them that the host folds for a graph. */
export function withFoldedKeys(leaves: readonly HostLeaf[], keys: readonly FoldedKey[]): readonly HostLeaf[] {
  if (keys.length === 0) return leaves;
  return [...leaves, ...keys.map((key) => foldedLeaf(leaves, key))];
}

function foldedLeaf(leaves: readonly HostLeaf[], {leaf, numbers}: FoldedKey): HostLeaf {
  const {path, fed} = leaves[leaf]!;
  const begin: Key = [fed.data[0]! >>> 0, fed.data[1]! >>> 0];
  const key = numbers.reduce(foldIn, begin);
  return plainLeaf(path, {shape: [2], dtype: 'int32', data: Int32Array.of(...key)});
}

function plainLeaf(path: string, fed: Fed): HostLeaf {
  return {path, shape: fed.shape, dtype: fed.dtype, fed, source: undefined};
}

function rowsLeaf(path: string, {shape, dtype}: NdArray, {source, rows}: UnreadRows): HostLeaf {
  const signed = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
  return {path, shape, dtype, fed: {shape: [rows.length], dtype: 'int32', data: signed}, source};
}

/** Arrays of more bytes stay with the host: a copy, where their memory can't be shared, would cost too much. */
const MOST_BYTES = 2 ** 31 - 1;

/** Whether an array can be handed over whole. */
function fits({data}: ExampleField): boolean {
  return data.byteLength <= MOST_BYTES;
}

/** Tells apart what needs graphs of their own. */
export function keyOf(entry: string, leaves: readonly HostLeaf[]): string {
  let key = entry;
  for (const {path, dtype, shape, source} of leaves)
    key += `;${path} ${dtype} ${shape}${source ? ` of ${sourceKey(source)}` : ''}`;
  return key;
}

/** One graph serves arrays of any number of rows. */
function sourceKey({dtype, shape, scaling}: ExampleField): string {
  const row = shape.slice(1);
  return scaling ? `${dtype} ${row} ${scaling.scale} ${scaling.offset}` : `${dtype} ${row}`;
}

/** @returns the id of a tensor, which may share the values' memory */
export function createTensor(binding: Binding, {shape, dtype, data}: Fed): number {
  return binding.createTensor(shape, dataTypes[dtype], data);
}

/**
 * Whether a recorded call can do without the values of a leaf: what it computes is not read, and zeros that are never written take
 * no memory.
 */
export function mayBeZeros({source}: HostLeaf): boolean {
  return source?.scaling !== undefined;
}

/**
 * The leaf for a recorded call. Rows are copied for it: it is called twice, and never again.
 * @param zeros - whether there are to be zeros in place of rows that may be
 */
export function inputForm(binding: Binding, leaf: HostLeaf, zeros: boolean): InputForm {
  const {shape, dtype, fed, source} = leaf;
  if (!source) return {shape, dtype, id: createTensor(binding, fed), source};
  const data = memoryForRows(source, fed.data.length);
  if (!(zeros && mayBeZeros(leaf))) writeRows(source, fed.data, data);
  return {shape, dtype, id: createTensor(binding, {shape, dtype, data}), source};
}
