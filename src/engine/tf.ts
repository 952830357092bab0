import {createRequire} from 'node:module';
import type * as TF from '@tensorflow/tfjs-core';

const require = createRequire(import.meta.url);

/**
 * The operations on tensors, with their gradients registered. Required, not imported: the packages' CommonJS builds load
 * several times faster than their ES modules, and every backend shares this one copy.
 */
export const tf = require('@tensorflow/tfjs-core') as typeof TF;

// Loaded for its side effect alone: tfjs-core by itself has no gradients registered.
require('@tensorflow/tfjs-layers');

nameStaleTensors();

/** Data that no backend has is asked for here: tfjs 4.22 fails with `Cannot read properties of undefined`. */
function nameStaleTensors(): void {
  const engine = tf.engine();
  const moveData = engine.moveData.bind(engine);
  engine.moveData = (backend, dataId) => {
    if (engine.state.tensorInfo.has(dataId)) return moveData(backend, dataId);
    throw new Error(
      'a tensor is used that was disposed of, as those of an earlier call are: keep arrays, and make tensors of them in each call',
    );
  };
}
