import type * as TF from '@tensorflow/tfjs-core';
import type {Key, Tensor} from '../contract/index.js';
import {requireInRange} from '../support/index.js';
import {foldIn as foldHostKey, uniform} from './random.js';
import {tf} from './tf.js';

/** The name of the kernel that draws uniform numbers from a key. */
export const KEYED_UNIFORM = 'KeyedUniform';
/** The name of the kernel that folds a number into a key. */
export const FOLD_IN = 'FoldIn';

/**
 * Float32 values in [0, 1) of the given shape: a function of the key alone. On TensorFlow they are drawn in the graph, on the
 * other backends as `uniform` draws them; the values differ between these two.
 * @param key - int32 [2]
 */
export function keyedUniform(key: Tensor, shape: readonly number[]): Tensor {
  return tf.engine().runKernel(KEYED_UNIFORM, {key} as never, {shape: [...shape]}) as Tensor;
}

/**
 * A key for the `n`-th of a family of streams, on the host as in an entry: of a tensor, int32 [2], the key is one as well, with the
 * same bits. Nested folds are independent streams: `foldIn(foldIn(key, 1), 2)` is not `foldIn(foldIn(key, 2), 1)`. Same key as
 * `jax.random.fold_in`.
 * @param n - an integer in [0, 2^32)
 * @throws RangeError if it is not
 */
export function foldIn(key: Key, n: number): Key;
export function foldIn(key: Tensor, n: number): Tensor;
export function foldIn(key: Key | Tensor, n: number): Key | Tensor {
  if (!(key instanceof tf.Tensor)) return foldHostKey(key as Key, n);
  if (n >>> 0 !== n) throw new RangeError(`n must be an integer in [0, 2^32), got ${n}`);
  return tf.engine().runKernel(FOLD_IN, {key} as never, {n}) as Tensor;
}

/**
 * Sets a share of the values to 0 and divides the others by what is left: `x * (u < 1 - rate) / (1 - rate)`.
 * @param rate - the share, in [0, 1)
 * @param key - int32 [2]; every layer of a model needs its own (`foldIn`)
 */
export function dropout(x: Tensor, rate: number, key: Tensor): Tensor {
  requireInRange('rate', rate, 0, 1);
  if (rate === 1) throw new RangeError('rate must be below 1, got 1');
  if (rate === 0) return x;
  const kept = tf.cast(tf.less(keyedUniform(key, x.shape), 1 - rate), 'float32');
  return tf.mul(x, tf.mul(kept, 1 / (1 - rate)));
}

type Call = Parameters<TF.KernelFunc>[0];

function keyOf({inputs, backend}: Call): Key {
  const [high, low] = (backend as unknown as {readSync(id: object): Int32Array}).readSync(inputs.key!.dataId);
  return [high! >>> 0, low! >>> 0];
}

/** Draws on the host, for the backends that run op by op. */
function uniformOnHost(call: Call): TF.TensorInfo {
  const {shape} = call.attrs as unknown as {shape: number[]};
  return tf.tensor(uniform(keyOf(call), shape).data, shape);
}

/** Folds on the host, for a key whose values are there. */
export function foldOnHost(call: Call): TF.TensorInfo {
  const {n} = call.attrs as unknown as {n: number};
  return tf.tensor1d(Int32Array.from(foldHostKey(keyOf(call), n)), 'int32');
}

for (const backendName of ['wasm', 'cpu']) {
  tf.registerKernel({kernelName: FOLD_IN, backendName, kernelFunc: foldOnHost});
  tf.registerKernel({kernelName: KEYED_UNIFORM, backendName, kernelFunc: uniformOnHost});
}
