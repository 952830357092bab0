import type * as TF from '@tensorflow/tfjs-core';
import {tf} from '../tf.js';

/** Those of images, of rows, and so on: they differ in the ranks that they take. */
const names = ['batchNorm', 'batchNorm2d', 'batchNorm3d', 'batchNorm4d'] as const;

/** tfjs 4.22 has no gradient where no offset or no scale is given: here they are 0 and 1 for each channel. */
function withBoth(shipped: typeof tf.batchNorm): typeof tf.batchNorm {
  return (x, mean, variance, offset, scale, epsilon) =>
    tf.tidy(() => {
      const ofChannels = mean as TF.Tensor1D;
      return shipped(x, mean, variance, offset ?? tf.zerosLike(ofChannels), scale ?? tf.onesLike(ofChannels), epsilon);
    });
}

// At once: once an engine is open, the library can't be changed.
for (const name of names) (tf as unknown as {[name: string]: unknown})[name] = withBoth(tf[name] as never);
