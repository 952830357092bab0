import type * as TF from '@tensorflow/tfjs-core';
import {sizeOf} from '../../contract/index.js';
import {tf} from '../tf.js';
import {heapView, replaceKernel} from './registry.js';

/** tfjs-backend-wasm 4.22 keeps NaN of the first operand alone. */
export function replaceExtremes(): void {
  for (const name of ['Maximum', 'Minimum'])
    replaceKernel(name, (shipped) => (call) => {
      const {a, b} = call.inputs as {a: TF.Tensor; b: TF.Tensor};
      // The smaller one is looked through.
      const [first, second] = sizeOf(a.shape) < sizeOf(b.shape) ? [b, a] : [a, b];
      const result = () => shipped!({...call, inputs: {a: first, b: second}});
      if (second.dtype !== 'float32' || !hasNaN(heapView(call.backend, second))) return result();
      return tf.tidy(() => {
        const found = tf.engine().makeTensorFromTensorInfo(result());
        return tf.where(tf.isNaN(tf.add(second, tf.zeros(found.shape))), Number.NaN, found);
      });
    });
}

function hasNaN(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}
