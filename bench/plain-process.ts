/** A plain loop of tfjs as its documentation writes one, on the wasm backend as it is shipped: `plain-process.js <batch>`. */
import {createRequire} from 'node:module';
import {dirname, sep} from 'node:path';
import type * as TF from '@tensorflow/tfjs-core';
import {serveSteps} from './worker.js';

const require = createRequire(import.meta.url);

const BATCHES = 4;

async function openWasm(): Promise<typeof TF> {
  const tf = require('@tensorflow/tfjs-core') as typeof TF;
  require('@tensorflow/tfjs-layers');
  const wasm = require('@tensorflow/tfjs-backend-wasm');
  wasm.setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  return tf;
}

function createStep(tf: typeof TF, batch: number): (index: number) => void {
  const [w0, b0] = [tf.variable(tf.randomNormal([784, 128], 0, 0.03)), tf.variable(tf.zeros([128]))];
  const [w1, b1] = [tf.variable(tf.randomNormal([128, 10], 0, 0.1)), tf.variable(tf.zeros([10]))];
  const optimizer = tf.train.adam(0.001, 0.93, 0.995, 1e-8);
  const pool = Array.from({length: BATCHES}, (_, n) => new Float32Array(batch * 784).map((_, i) => Math.sin(n + i)));
  const targets = Int32Array.from({length: batch}, (_, i) => i % 10);
  return (index) =>
    tf.tidy(() => {
      const x = tf.tensor2d(pool[index % BATCHES]!, [batch, 784]);
      const y = tf.oneHot(tf.tensor1d(targets, 'int32'), 10);
      const loss = optimizer.minimize(() => {
        const hidden = tf.sigmoid(tf.add(tf.matMul(x, w0 as TF.Tensor2D), b0));
        const logits = tf.add(tf.matMul(hidden as TF.Tensor2D, w1 as TF.Tensor2D), b1);
        return tf.losses.softmaxCrossEntropy(y, logits) as TF.Scalar;
      }, true);
      loss!.dataSync();
    });
}

const step = createStep(await openWasm(), Number(process.argv[2]));
await serveSteps({
  first: () => step(0),
  steps(count) {
    const began = performance.now();
    for (let i = 0; i < count; i++) step(i);
    return {seconds: (performance.now() - began) / 1000};
  },
});
