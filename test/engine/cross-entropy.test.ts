import {beforeAll, describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {CROSS_ENTROPY} from '../../src/engine/cross-entropy.js';
import {openEngine, softmaxCrossEntropy, tf} from '../../src/engine/index.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {random} from '../helpers/models.js';
import {onTensorflow, operationsOf} from '../helpers/tensorflow.js';

const [ROWS, CLASSES] = [300, 11];

type Loss = (logits: Tensor, labels: Tensor) => Tensor;

/** As it is made where there is no operation for it. */
const composed: Loss = (logits, labels) => tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1));
const atOnce: Loss = (logits, labels) => tf.engine().runKernel(CROSS_ENTROPY, {logits, labels} as never) as Tensor;

function matrix(rows: number, columns: number, seed: number): Tensor {
  return tf.tensor2d(random([rows, columns], seed).data as Float32Array, [rows, columns]);
}

/** The derivatives of a sum in which each row counts otherwise. */
function derivatives(loss: Loss, logits: Tensor, labels: Tensor): Tensor[] {
  const factors = tf.squeeze(matrix(logits.shape[0]!, 1, 4), [1]);
  const summed = (a: Tensor, b: Tensor): Tensor => tf.sum(tf.mul(tf.square(loss(a, b)), factors));
  return tf.grads(summed as never)([logits, labels] as never) as never;
}

function expectNear(found: ArrayLike<number>, expected: Float32Array, tolerance: number): void {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - found[at]!)), 0);
  expect(worst / scale).toBeLessThan(tolerance);
}

describe.skipIf(!hasOwnAddon())(onTensorflow('cross-entropy as an operation of the addon'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each([
    ['distributions', () => tf.softmax(matrix(ROWS, CLASSES, 2))],
    ['labels that sum to anything', () => matrix(ROWS, CLASSES, 3)],
  ])('is what it is composed of, with its derivatives: %s', (_, makeLabels) => {
    tf.tidy(() => {
      const [logits, labels] = [tf.mul(matrix(ROWS, CLASSES, 1), 9), makeLabels()];
      const [found, expected] = [atOnce, composed].map((loss) =>
        [loss(logits, labels), ...derivatives(loss, logits, labels)].map((each) => each.dataSync() as Float32Array),
      );
      for (const [i, values] of expected!.entries()) expectNear(found![i]!, values, 3e-6);
    });
  });

  test('has second derivatives, which agree with differences of the first', () => {
    tf.tidy(() => {
      const size = (a: Tensor, b: Tensor): Tensor => tf.sum(tf.square(derivatives(atOnce, a, b)[0]!));
      const at = [matrix(4, 3, 1), matrix(4, 3, 3)];
      const second = tf.grads(size as never)(at as never) as unknown as Tensor[];
      for (const [i, tensor] of at.entries()) {
        const differences = Float32Array.from({length: 12}, (_, element) => {
          const [above, below] = [0.01, -0.01].map((step) => {
            const moved = tf.add(
              tensor,
              tf.mul(tf.reshape(tf.oneHot(tf.tensor1d([element], 'int32'), 12), [4, 3]), step),
            );
            const given = at.with(i, moved);
            return size(given[0]!, given[1]!).dataSync()[0]!;
          });
          return (above! - below!) / 0.02;
        });
        expectNear(second[i]!.dataSync(), differences, 3e-3);
      }
    });
  });

  test('knows classes that are not there as no class, and logits that are far apart', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([1, 2, 3, 1e4, -1e4, 0, 5, 5, 5], [3, 3]);
      const targets = tf.tensor1d([7, 1, -1], 'int32');
      const loss = (x: Tensor): Tensor => softmaxCrossEntropy({logits: x, targets}).perExample;
      expect([...loss(logits).dataSync()]).toEqual([0, 2e4, 0]);
      const gradient = tf.grad((x) => tf.sum(loss(x as Tensor)))(logits);
      expect([...gradient.dataSync()]).toEqual([0, 0, 0, 1, -1, 0, 0, 0, 0]);
    });
  });

  test('is exact for logits that are large', () => {
    tf.tidy(() => {
      const logits = tf.tensor2d([1e3, 1001, 1002, 1e8, 1e8, 1e8], [2, 3]);
      const labels = tf.tensor2d([1, 0, 0, 1, 0, 0], [2, 3]);
      expectNear(atOnce(logits, labels).dataSync(), Float32Array.of(2.4076059, 1.0986123), 1e-7);
      const gradient = tf
        .grad((x) => tf.sum(atOnce(x as Tensor, labels)))(logits)
        .dataSync();
      expectNear(gradient, Float32Array.of(-0.9099694, 0.2447285, 0.6652409, -2 / 3, 1 / 3, 1 / 3), 1e-7);
    });
  });

  test('gives what is not a number on', () => {
    tf.tidy(() => {
      const labels = tf.tensor2d([1, 0, 1, 0], [2, 2]);
      const losses = atOnce(tf.tensor2d([Number.NaN, 1, 2, 2], [2, 2]), labels);
      expect([...losses.dataSync()]).toEqual([Number.NaN, Math.fround(Math.log(2))]);
    });
  });

  test('is taken by the loss that workloads have', () => {
    const used = operationsOf(() =>
      tf.tidy(() => {
        const targets = tf.zeros([4], 'int32') as Tensor;
        tf.grad((x) => softmaxCrossEntropy({logits: x as Tensor, targets}).summed)(tf.zeros([4, 3]));
      }),
    );
    expect(used).toContain('SoftmaxCrossEntropy');
    expect(used).toContain('SoftmaxCrossEntropyGradient');
    expect(used).not.toContain('Exp');
  });

  test.each([
    ['other shapes', [2, 3], [3, 2]],
    ['no classes', [2, 0], [2, 0]],
    ['three dimensions', [2, 3, 1], [2, 3, 1]],
  ])('refuses %s', (_, logits, labels) => {
    const run = () => tf.tidy(() => atOnce(tf.zeros(logits as never) as Tensor, tf.zeros(labels as never) as Tensor));
    expect(run).toThrow('needs logits and labels of one shape [n, classes]');
  });
});
