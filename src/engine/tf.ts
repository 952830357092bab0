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
