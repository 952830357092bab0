import {sizeOf, type Tensor} from '../../contract/index.js';
import {wrapKernel} from '../kernel-registry.js';
import {replaceMaxPool3dGradient} from '../max-pool-3d.js';
import {tf} from '../tf.js';

/**
 * Replaces gradients of pools in which TensorFlow fails, or ends the process where oneDNN computes them: those of integers, and those of
 * nothing.
 */
export function replacePoolGradients(): void {
  wrapKernel('MaxPoolGrad', 'tensorflow', (shipped) => (call) => {
    const {input, output} = call.inputs as {input: Tensor; output: Tensor};
    if (sizeOf(input.shape) === 0) return tf.zeros(input.shape);
    if (input.dtype === 'float32') return shipped(call);
    const floats = {input: tf.cast(input, 'float32'), output: tf.cast(output, 'float32')};
    const gradient = shipped({...call, inputs: {...call.inputs, ...floats}});
    tf.dispose(floats);
    return gradient;
  });
  replaceMaxPool3dGradient('tensorflow');
}
