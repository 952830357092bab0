import {createRequire} from 'node:module';
import {dirname, sep} from 'node:path';
import type * as TF from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);

/**
 * Milliseconds a step of a plain loop of tfjs, as its documentation writes one, on the wasm backend as it is shipped:
 * to be run before the engine is opened, which replaces kernels. Median of five rounds a batch size.
 */
export async function plainSteps(batches: readonly number[]): Promise<Map<number, number>> {
  const tf = require('@tensorflow/tfjs-core') as typeof TF;
  require('@tensorflow/tfjs-layers');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  return new Map(batches.map((batch) => [batch, plainStep(tf, batch)]));
}

function plainStep(tf: typeof TF, batch: number): number {
  const [w0, b0] = [tf.variable(tf.randomNormal([784, 128], 0, 0.03)), tf.variable(tf.zeros([128]))];
  const [w1, b1] = [tf.variable(tf.randomNormal([128, 10], 0, 0.1)), tf.variable(tf.zeros([10]))];
  const optimizer = tf.train.adam(0.001, 0.93, 0.995, 1e-8);
  const inputs = new Float32Array(batch * 784).map((_, i) => Math.sin(i));
  const targets = Int32Array.from({length: batch}, (_, i) => i % 10);
  const step = (): void => {
    tf.tidy(() => {
      const x = tf.tensor2d(inputs, [batch, 784]);
      const y = tf.oneHot(tf.tensor1d(targets, 'int32'), 10);
      const loss = optimizer.minimize(() => {
        const hidden = tf.sigmoid(tf.add(tf.matMul(x, w0 as TF.Tensor2D), b0));
        const logits = tf.add(tf.matMul(hidden as TF.Tensor2D, w1 as TF.Tensor2D), b1);
        return tf.losses.softmaxCrossEntropy(y, logits) as TF.Scalar;
      }, true);
      loss!.dataSync();
    });
  };
  for (let i = 0; i < 3; i++) step();
  const count = batch >= 1024 ? 3 : 30;
  const rounds = Array.from({length: 5}, () => {
    const began = performance.now();
    for (let i = 0; i < count; i++) step();
    return (performance.now() - began) / count;
  });
  tf.dispose([w0, b0, w1, b1]);
  optimizer.dispose();
  return rounds.sort((a, b) => a - b)[2]!;
}
