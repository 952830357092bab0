import type {Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';

/**
 * A shape whose neighbouring dimensions are made one as long as their product is at most `most`: [3, 3, 64, 64] is [576, 64] for
 * 4096. All of them 1, it is [1].
 */
export function mergedShape(shape: readonly number[], most: number): number[] {
  const merged: number[] = [];
  let product = 1;
  for (const size of shape) {
    if (product * size > most) {
      if (product > 1) merged.push(product);
      product = size;
    } else product *= size;
  }
  return product > 1 || merged.length === 0 ? [...merged, product] : merged;
}

/** The lengths of the blocks that a dimension is split into: all `blockSize` but the last. */
export function blockLengths(size: number, blockSize: number): number[] {
  return Array.from({length: Math.ceil(size / blockSize)}, (_, i) => Math.min(blockSize, size - i * blockSize));
}

/** The shapes of a shape's blocks, those of the last dimension next to each other. */
export function blockShapes(shape: readonly number[], blockSize: number): number[][] {
  return shape.reduce<number[][]>(
    (shapes, size) => shapes.flatMap((begun) => blockLengths(size, blockSize).map((length) => [...begun, length])),
    [[]],
  );
}

/** A tensor's blocks, in the order of {@link blockShapes}. */
export function splitIntoBlocks(x: Tensor, blockSize: number): Tensor[] {
  return x.shape.reduce<Tensor[]>(
    (blocks, size, axis) => {
      const lengths = blockLengths(size, blockSize);
      return lengths.length === 1 ? blocks : blocks.flatMap((block) => tf.split(block, lengths, axis));
    },
    [x],
  );
}

/** The tensor of that shape that was split into these blocks. */
export function joinBlocks(blocks: readonly Tensor[], shape: readonly number[], blockSize: number): Tensor {
  let joined = [...blocks];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const count = blockLengths(shape[axis]!, blockSize).length;
    if (count === 1) continue;
    joined = Array.from({length: joined.length / count}, (_, i) =>
      tf.concat(joined.slice(i * count, (i + 1) * count), axis),
    );
  }
  return joined[0]!;
}
