import type * as TF from '@tensorflow/tfjs-core';
import type {ByteScaling} from '../../contract/index.js';
import {attributeKinds, type OpAttribute} from './binding.js';
import {attribute, dataTypes, type GraphNode} from './graph-def.js';
import {hasOneThread} from './threads.js';

/**
 * The addon's product of two matrices, or of each two in stacks of them, whose rows are shared out to threads of its own. For stacks of
 * products as small as those of attention's heads TensorFlow's takes two to four times as long.
 */
const SHARED = 'SharedMatMul';
/** The addon's product of two matrices that are larger than the caches. */
export const LARGE = 'LargeMatMul';
/** The same for a first matrix of bytes that stand for numbers. */
const SHARED_OF_BYTES = 'SharedMatMulOfBytes';

/** Bytes in a graph that stand for the numbers of another value. */
export interface KeptBytes {
  readonly ref: string;
  readonly scaling: ByteScaling;
}

/** An operation and its attributes, as tfjs-node's backend takes them. */
export interface Operation {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
}

interface Product {
  readonly a: TF.TensorInfo;
  readonly b: TF.TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Multiply-adds of a product below which handing out its parts costs more than it brings. */
const LEAST_MULTIPLY_ADDS = 1e5;

/** Multiply-adds of a product from which on it is worth packing its matrices. */
const LEAST_LARGE = 1e7;

/** Multiply-adds for each number of the three matrices that are worth it: with fewer, moving them about takes longest. */
const LEAST_MULTIPLY_ADDS_PER_NUMBER = 5;

/**
 * The operation for a product of two matrices, or of stacks of them. tfjs-node sends every one as `BatchMatMulV2`, which takes half as
 * long again for small matrices.
 * @param hasOwn - whether it may be an operation of the addon's
 * @returns undefined where tfjs-node's is best
 */
export function matMulOperation(product: Product, hasOwn: boolean): Operation | undefined {
  const {a, b, transposeA, transposeB} = product;
  const flags = [
    {name: 'transpose_a', type: attributeKinds.bool, value: transposeA},
    {name: 'transpose_b', type: attributeKinds.bool, value: transposeB},
  ];
  if (hasOwn && (hasOneThread() || isStack(product)) && isWorthSharing(product)) return {op: SHARED, attributes: flags};
  if (hasOwn && !hasOneThread() && isLarge(product))
    return {op: LARGE, attributes: [{name: 'N', type: attributeKinds.int, value: 0}, ...flags]};
  if (a.shape.length > 2 || b.shape.length > 2) return undefined;
  const type = {name: 'T', type: attributeKinds.type, value: dataTypes[a.dtype as keyof typeof dataTypes]};
  return {op: 'MatMul', attributes: [type, ...flags]};
}

function isLarge(product: Product): boolean {
  const {a, b} = product;
  if (a.shape.length !== 2 || b.shape.length !== 2) return false;
  return isWorthSharing(product) && multiplyAddsOf(product) >= LEAST_LARGE;
}

function isStack({a, b}: Product): boolean {
  return a.shape.length > 2 && b.shape.length > 2;
}

function isWorthSharing(product: Product): boolean {
  const {a, b} = product;
  if ([a, b].some(({dtype}) => dtype !== 'float32')) return false;
  if (String(a.shape.slice(0, -2)) !== String(b.shape.slice(0, -2))) return false;
  const [rows, depth, columns] = sizesOf(product);
  const multiplyAdds = multiplyAddsOf(product);
  const numbers = rows * depth + depth * columns + rows * columns;
  return multiplyAdds >= LEAST_MULTIPLY_ADDS && multiplyAdds >= LEAST_MULTIPLY_ADDS_PER_NUMBER * numbers;
}

/** Of one of the matrices in a stack. */
function multiplyAddsOf(product: Product): number {
  const [rows, depth, columns] = sizesOf(product);
  return rows * depth * columns;
}

function sizesOf({a, b, transposeA, transposeB}: Product): [rows: number, depth: number, columns: number] {
  const [rows, depth] = (transposeA ? [-1, -2] : [-2, -1]).map((axis) => a.shape.at(axis)!) as [number, number];
  return [rows, depth, b.shape.at(transposeB ? -2 : -1)!];
}

/** The node of a product whose first matrix is also there as bytes: it reads them, and the numbers need not be made. */
export function nodeOfBytes(
  op: string,
  bytes: KeptBytes | undefined,
): Pick<GraphNode, 'op' | 'attributes'> | undefined {
  if (op !== SHARED || !bytes) return undefined;
  const {scale, offset} = bytes.scaling;
  return {op: SHARED_OF_BYTES, attributes: {scale: attribute.float(scale), offset: attribute.float(offset)}};
}
