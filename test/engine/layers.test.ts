import {beforeAll, describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {dense, openEngine, softmaxCrossEntropy, tf} from '../../src/engine/index.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';

const [BATCH, LENGTH, CLASSES] = [2, 3, 5];
const values = Float32Array.from({length: BATCH * LENGTH * CLASSES}, (_, i) => 3 * Math.sin(7 * i));
const tokens = Int32Array.of(0, 4, 2, 3, 3, 1);
const counted = Float32Array.of(1, 1, 0, 1, 0, 0);

/** The losses of the tokens one by one, in double precision. */
const expected = Array.from(tokens, (token, i) => {
  const row = [...values.subarray(i * CLASSES, (i + 1) * CLASSES)];
  return (Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - row[token]!) * counted[i]!;
});

describe.each(['wasm', 'tensorflow'])('on %s', (backend) => {
  const skipped = backend === 'tensorflow' && !hasTensorflow;
  const title = 'softmaxCrossEntropy takes logits of any rank, and weights of each token';
  beforeAll(async () => {
    if (!skipped) await openEngine(backend);
  });

  test.skipIf(skipped)(backend === 'tensorflow' ? onTensorflow(title) : title, () => {
    tf.tidy(() => {
      const logits = tf.tensor3d(values, [BATCH, LENGTH, CLASSES]) as Tensor;
      const targets = tf.tensor2d(tokens, [BATCH, LENGTH], 'int32') as Tensor;
      const weights = tf.tensor2d(counted, [BATCH, LENGTH]) as Tensor;
      const {summed, nValidExamples, perExample} = softmaxCrossEntropy({logits, targets, weights});
      expect(perExample.shape).toEqual([BATCH, LENGTH]);
      for (const [i, loss] of perExample.dataSync().entries()) expect(Math.abs(loss - expected[i]!)).toBeLessThan(2e-6);
      expect(nValidExamples.dataSync()[0]).toBe(3);
      const sum = expected.reduce((total, loss) => total + loss, 0);
      expect(Math.abs(summed.dataSync()[0]! / sum - 1)).toBeLessThan(1e-6);
      expect(softmaxCrossEntropy({logits, targets}).nValidExamples.dataSync()[0]).toBe(BATCH * LENGTH);
      const gradient = tf.grad((x) => softmaxCrossEntropy({logits: x as Tensor, targets, weights}).summed)(logits);
      const ofRows = gradient.dataSync();
      for (let i = 0; i < tokens.length; i++) {
        const row = ofRows.subarray(i * CLASSES, (i + 1) * CLASSES);
        expect(row.some((value) => value !== 0)).toBe(counted[i] === 1);
      }
    });
  });
});

test('a kernel that is not of these inputs is refused with both shapes, though its values could be divided among them', () => {
  const layer = {kernel: tf.zeros([2, 3]) as Tensor, bias: tf.zeros([3]) as Tensor};
  expect(() => dense(layer, tf.zeros([5, 4]) as Tensor)).toThrow(
    new RangeError(
      'a kernel of the shape [2, 3] takes inputs [2], but what it is multiplied with is [5, 4], whose last dimensions are [4]',
    ),
  );
});
