import type {Tensor} from '../../contract/index.js';
import {tf} from '../tf.js';
import {replaceKernel} from './registry.js';

/** The kernel of tfjs-backend-wasm 4.22 pads with -Infinity where it is asked for NaN. */
export function replacePadding(): void {
  replaceKernel('PadV2', (shipped) => (call) => {
    const {constantValue, paddings} = call.attrs;
    if (!Number.isNaN(constantValue)) return shipped!(call);
    const x = call.inputs.x as Tensor;
    return tf.tidy(() => tf.where(tf.cast(tf.pad(tf.onesLike(x), paddings), 'bool'), tf.pad(x, paddings), Number.NaN));
  });
}
