import {describe, expect, test} from 'vitest';
import {openEngine, orthonormal, tf} from '../../src/engine/index.js';
import {random} from '../helpers/models.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

const SIZE = 7;

/** Two matrices: one as it comes, and one of rank 2 with a row and a column of zeros. */
function matrices(): Float32Array {
  const data = Float32Array.from(random([2, SIZE, SIZE], 5).data);
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const isZero = row === 3 || column === 0;
      data[SIZE * SIZE + row * SIZE + column] = isZero ? 0 : (row + 1) * column + row ** 2;
    }
  }
  return data;
}

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  test('bases are orthonormal and span the columns one after the other, of a singular matrix, too', async () => {
    await openEngine(backend);
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.tensor3d(matrices(), [2, SIZE, SIZE]);
      const q = orthonormal(x);
      const off = tf.sub(tf.matMul(q, q, true, false), tf.eye(SIZE));
      expect(tf.max(tf.abs(off)).dataSync()[0]).toBeLessThan(1e-5);
      const r = tf.matMul(q, x, true, false);
      // Nothing of R below its diagonal: no column of Q has a part in a column of the matrix before it.
      const below = tf.mul(r, tf.sub(1, tf.linalg.bandPart(tf.ones([SIZE, SIZE]), 0, -1)));
      expect(tf.max(tf.abs(below)).dataSync()[0]! / tf.max(tf.abs(x)).dataSync()[0]!).toBeLessThan(1e-5);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
