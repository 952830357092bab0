import type {NdArray, Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {alongAxis, gram} from './axes.js';
import {blockShapes, joinBlocks, mergedShape, splitIntoBlocks} from './blocks.js';
import {inGroups} from './grouped.js';
import {inverseRoots} from './inverse-root.js';

/** How parameters are cut into blocks. */
export interface BlockOptions {
  /** The longest side of a block, at least 1. */
  readonly blockSize: number;
  /** Neighbouring dimensions are made one up to this length, at least 1. */
  readonly mergeSmallDimsBlockSize: number;
  /** Parameters with a longer side have no preconditioners. */
  readonly skipPreconditioningDimSizeGt: number;
}

/** The matrices of a parameter, numbered from 0: one for each axis of each of its blocks. */
export type Matrices<T> = {readonly [number: string]: T};

/** Whether a parameter has preconditioners: a scalar has none. */
export function isPreconditioned(shape: readonly number[], {skipPreconditioningDimSizeGt}: BlockOptions): boolean {
  return shape.length > 0 && shape.every((size) => size <= skipPreconditioningDimSizeGt);
}

/** Multiples of the identity in place of a parameter's matrices. */
export function initialMatrices(shape: readonly number[], value: number, options: BlockOptions): Matrices<NdArray> {
  if (!isPreconditioned(shape, options)) return {};
  const sizes = blockShapes(mergedShape(shape, options.mergeSmallDimsBlockSize), options.blockSize).flat();
  return numbered(sizes.map((size) => scaledIdentity(size, value)));
}

function scaledIdentity(size: number, value: number): NdArray {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * (size + 1)] = value;
  return {shape: [size, size], dtype: 'float32', data};
}

/** `b2 * statistics + (1 - b2) * gram` for each axis of each block of a gradient. */
export function nextStatistics(
  statistics: Matrices<Tensor>,
  gradient: Tensor,
  {b2, ...options}: BlockOptions & {readonly b2: number},
): Matrices<Tensor> {
  const grams = blocksOf(gradient, options).flatMap((block) => block.shape.map((_, axis) => gram(block, axis)));
  return numbered(grams.map((each, i) => tf.add(tf.mul(statistics[i]!, b2), tf.mul(each, 1 - b2))));
}

/** The gradient with each axis of each block multiplied by its preconditioner. */
export function preconditioned(gradient: Tensor, preconditioners: Matrices<Tensor>, options: BlockOptions): Tensor {
  let next = 0;
  const blocks = blocksOf(gradient, options).map((block) =>
    block.shape.reduce((current, _, axis) => alongAxis(current, preconditioners[next++]!, axis), block),
  );
  const merged = mergedShape(gradient.shape, options.mergeSmallDimsBlockSize);
  return tf.reshape(joinBlocks(blocks, merged, options.blockSize), gradient.shape);
}

function blocksOf(gradient: Tensor, {mergeSmallDimsBlockSize, blockSize}: BlockOptions): Tensor[] {
  return splitIntoBlocks(tf.reshape(gradient, mergedShape(gradient.shape, mergeSmallDimsBlockSize)), blockSize);
}

/** An inverse root that is further than this from being one is not used. */
const FAILURE_THRESHOLD = 0.1;

/** Statistics of a parameter and the preconditioners that they had last. */
export interface ParameterMatrices {
  readonly shape: readonly number[];
  readonly statistics: Matrices<Tensor>;
  readonly preconditioners: Matrices<Tensor>;
}

/**
 * Preconditioners for parameters: of each matrix of statistics the root that a block with so many axes has to have,
 * `statistics^(-1 / (2 axes))`. Where that can't be computed the last one stays.
 * @param ridge - as a share of the largest eigenvalue
 */
export function nextPreconditioners(
  params: readonly ParameterMatrices[],
  {ridge, ...options}: BlockOptions & {readonly ridge: number},
): Matrices<Tensor>[] {
  const matrices = params.flatMap(({shape, statistics, preconditioners}) =>
    Object.keys(statistics).map((number) => ({
      value: statistics[number]!,
      last: preconditioners[number]!,
      p: 2 * mergedShape(shape, options.mergeSmallDimsBlockSize).length,
    })),
  );
  const results = inGroups(
    matrices,
    (stacked, {p}) => withErrors(inverseRoots(stacked, {p, ridge})),
    ({p}) => `${p}`,
  );
  const roots = results.map((result, i) => accepted(result, matrices[i]!.last));
  let next = 0;
  return params.map(({statistics}) => numbered(Object.keys(statistics).map(() => roots[next++]!)));
}

/** Roots [..., n, n] with their errors as one more row. */
function withErrors({roots, errors}: ReturnType<typeof inverseRoots>): Tensor {
  const size = roots.shape.at(-1)!;
  const row = tf.tile(errors, [...errors.shape.slice(0, -1).map(() => 1), size]);
  return tf.concat([roots, row], -2);
}

function accepted(result: Tensor, last: Tensor): Tensor {
  const size = last.shape[0]!;
  const [root, errors] = tf.split(result, [size, 1]) as [Tensor, Tensor];
  return tf.where(tf.less(tf.tile(errors, [size, 1]), FAILURE_THRESHOLD), root, last);
}

function numbered<T>(values: readonly T[]): Matrices<T> {
  return Object.fromEntries(values.map((value, i) => [i, value]));
}
