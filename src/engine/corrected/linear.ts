import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {correctGradient} from './registry.js';

/**
 * Corrects the gradients of resizing and of mirrored padding. In tfjs 4.22 those of `resizeBilinear` and
 * `resizeNearestNeighbor` do not know `halfPixelCenters`, on no backend, and on cpu exchange height and width; that of
 * `mirrorPad` leaves out what the mirrored values add. These operations are products with a matrix along single dimensions,
 * which the operation itself makes of the identity.
 */
export function correctLinearGradients(): void {
  for (const name of ['ResizeBilinear', 'ResizeNearestNeighbor']) correctResizing(name);
  correctGradient('MirrorPad', () => (dy, [x], {paddings, mode}) => ({
    x: () =>
      x!.shape.reduce((gradient, size, axis) => {
        const [before, after] = paddings[axis];
        if (before + after === 0) return gradient;
        return pulledBack(gradient, axis, tf.mirrorPad(tf.eye(size), [paddings[axis], [0, 0]], mode));
      }, dy),
  }));
}

function correctResizing(name: string): void {
  correctGradient(name, () => (dy, [images], attributes) => {
    const [, height, width] = images!.shape as [number, number, number, number];
    const [outHeight, outWidth] = attributes.size;
    const resize = (image: Tensor, size: number[]): Tensor => {
      return tf.engine().runKernel(name, {images: image} as never, {...attributes, size}) as Tensor;
    };
    return {
      images: () => {
        const rows = resize(tf.reshape(tf.eye(height), [1, height, 1, height]), [outHeight, 1]);
        const columns = resize(tf.reshape(tf.eye(width), [1, 1, width, width]), [1, outWidth]);
        const wide = pulledBack(dy, 1, tf.reshape(rows, [outHeight, height]));
        return pulledBack(wide, 2, tf.reshape(columns, [outWidth, width]));
      },
    };
  });
}

/** The product of `matrix` [outputs, inputs], transposed, with every column of `dy` along `axis`. */
function pulledBack(dy: Tensor, axis: number, matrix: Tensor): Tensor {
  const [outputs, inputs] = matrix.shape as [number, number];
  const [before, after] = [dy.shape.slice(0, axis), dy.shape.slice(axis + 1)];
  const columns = tf.reshape(dy, [tf.util.sizeFromShape(before), outputs, tf.util.sizeFromShape(after)]);
  const product = tf.matMul(tf.reshape(matrix, [1, outputs, inputs]) as never, columns as never, true);
  return tf.reshape(product, [...before, inputs, ...after]);
}
