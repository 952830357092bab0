import type * as TF from '@tensorflow/tfjs-core';
import type {Tensor} from '../contract/index.js';
import {requireInRange} from '../support/index.js';
import {uniform} from './random.js';
import {tf} from './tf.js';

/** The name of the kernel that draws uniform numbers from a key. */
export const KEYED_UNIFORM = 'KeyedUniform';

/**
 * Float32 values in [0, 1) of the given shape: a function of the key alone. On TensorFlow they are drawn in the graph, on the
 * other backends as `uniform` draws them; the values differ between these two.
 * @param key - int32 [2]
 */
export function keyedUniform(key: Tensor, shape: readonly number[]): Tensor {
  return tf.engine().runKernel(KEYED_UNIFORM, {key} as never, {shape: [...shape]}) as Tensor;
}

/** Another key, for the `n`-th of several draws from one: int32 [2]. @param n - an integer in [0, 2^31) */
export function foldTensor(key: Tensor, n: number): Tensor {
  return tf.add(key, tf.tensor1d([0, n], 'int32'));
}

/**
 * Sets a share of the values to 0 and divides the others by what is left: `x * (u < 1 - rate) / (1 - rate)`.
 * @param rate - the share, in [0, 1)
 * @param key - int32 [2]; every layer of a model needs its own (`foldTensor`)
 */
export function dropout(x: Tensor, rate: number, key: Tensor): Tensor {
  requireInRange('rate', rate, 0, 1);
  if (rate === 1) throw new RangeError('rate must be below 1, got 1');
  if (rate === 0) return x;
  const kept = tf.cast(tf.less(keyedUniform(key, x.shape), 1 - rate), 'float32');
  return tf.mul(x, tf.mul(kept, 1 / (1 - rate)));
}

/** Draws on the host, for the backends that run op by op. */
function uniformOnHost({inputs, attrs, backend}: Parameters<TF.KernelFunc>[0]): TF.TensorInfo {
  const {shape} = attrs as unknown as {shape: number[]};
  const [high, low] = (backend as unknown as {readSync(id: object): Int32Array}).readSync(inputs.key!.dataId);
  return tf.tensor(uniform([high! >>> 0, low! >>> 0], shape).data, shape);
}

for (const backendName of ['wasm', 'cpu']) {
  tf.registerKernel({kernelName: KEYED_UNIFORM, backendName, kernelFunc: uniformOnHost});
}
