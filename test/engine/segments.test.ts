import {beforeAll, describe, expect, test} from 'vitest';
import type {NdArray, Tensor} from '../../src/contract/index.js';
import {compile, lossAndGradients, openEngine, segmentSum, takeRows, tf} from '../../src/engine/index.js';
import {noise} from '../helpers/noise.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const [ROWS, SEGMENTS, WIDTH] = [500, 37, 24];
const ids: NdArray = {
  shape: [ROWS],
  dtype: 'int32',
  // The last segment is empty.
  data: Int32Array.from({length: ROWS}, (_, i) => (i * i + 3 * i) % (SEGMENTS - 1)),
};
const [rows, table] = [noise([ROWS, WIDTH], 1), noise([SEGMENTS, WIDTH], 2)];

/** In the order of the rows, in single precision. */
function summed(values: NdArray): Float32Array {
  const sums = new Float32Array(SEGMENTS * WIDTH);
  for (let i = 0; i < values.data.length; i++) {
    const at = ids.data[Math.floor(i / WIDTH)]! * WIDTH + (i % WIDTH);
    sums[at] = sums[at]! + values.data[i]!;
  }
  return sums;
}

function taken(values: NdArray): Float32Array {
  const at = (i: number): number => ids.data[Math.floor(i / WIDTH)]! * WIDTH + (i % WIDTH);
  return Float32Array.from({length: ROWS * WIDTH}, (_, i) => values.data[at(i)]!);
}

/** Values and gradients of `f(x)`, and of `x` the gradients of the squares of its gradient. */
function look(f: (x: Tensor, numbers: Tensor) => Tensor, x: NdArray, weight: NdArray) {
  const program = compile(
    {params: {x}, modelState: {}, optimizer: {}},
    {
      look(state, inputs) {
        const {aux, gradients} = lossAndGradients((params) => {
          const y = f((params as {x: Tensor}).x, inputs.ids);
          return {loss: tf.sum(tf.mul(y, inputs.weight)), aux: {y}};
        }, state.params);
        return {state, outputs: {...aux, gradient: (gradients as {x: Tensor}).x}};
      },
    },
  );
  const runs = [0, 1, 2].map(() => program.run('look', {ids, weight}).arrays());
  program.dispose();
  return runs;
}

describe.each(['wasm', 'tensorflow'])('on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasTensorflow;
  const title = (text: string): string => (backend === 'tensorflow' ? onTensorflow(text) : text);
  beforeAll(async () => {
    if (!skipped) await openEngine(backend);
  });

  test.skipIf(skipped)(
    title('segmentSum adds rows in their order, the same each time; its gradient takes rows'),
    () => {
      for (const {y, gradient} of look((x, numbers) => segmentSum(x, numbers, SEGMENTS), rows, table)) {
        expect(y!.shape).toEqual([SEGMENTS, WIDTH]);
        expect(y!.data).toEqual(summed(rows));
        expect(gradient!.data).toEqual(taken(table));
      }
    },
  );

  test.skipIf(skipped)(title('takeRows takes rows; its gradient is a segmentSum'), () => {
    for (const {y, gradient} of look((x, numbers) => takeRows(x, numbers), table, rows)) {
      expect(y!.data).toEqual(taken(table));
      expect(gradient!.data).toEqual(summed(rows));
    }
  });

  test.skipIf(skipped)(title('numbers may be made in the model'), () => {
    const made = (numbers: Tensor) => tf.cast(tf.mul(tf.cast(numbers, 'float32'), 1), 'int32');
    for (const {gradient} of look((x, numbers) => takeRows(x, made(numbers)), table, rows))
      expect(gradient!.data).toEqual(summed(rows));
    for (const {gradient} of look((x, numbers) => segmentSum(x, made(numbers), SEGMENTS), rows, table))
      expect(gradient!.data).toEqual(taken(table));
  });

  test.skipIf(skipped)(title('rows of several dimensions keep them'), () => {
    tf.tidy(() => {
      const values = tf.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [3, 2, 2]) as Tensor;
      const numbers = tf.tensor1d([1, 0, 1], 'int32') as Tensor;
      const sums = segmentSum(values, numbers, 2);
      expect(sums.shape).toEqual([2, 2, 2]);
      expect([...sums.dataSync()]).toEqual([5, 6, 7, 8, 10, 12, 14, 16]);
      expect(takeRows(sums, numbers).shape).toEqual([3, 2, 2]);
    });
  });
});
