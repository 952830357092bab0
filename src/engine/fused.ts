import {tensorflowBackend} from './tensorflow/binding.js';
import {tf} from './tf.js';

/**
 * Computes a part of an entry, such as an optimizer's step, whose element-wise operations (sums, products, roots, signs) the engine may
 * fuse, so that they pass over memory once. Changes no value.
 * @param isFused - default true; false excludes an inner part from fusing
 */
export function fused<T>(part: () => T, isFused = true): T {
  if (tf.getBackend() !== 'tensorflow') return part();
  const {setFusing} = tensorflowBackend().binding;
  const before = setFusing?.(isFused) ?? false;
  try {
    return part();
  } finally {
    setFusing?.(before);
  }
}
