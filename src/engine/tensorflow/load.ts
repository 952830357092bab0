import {createRequire} from 'node:module';
import {join} from 'node:path';
import type {TensorflowCandidate} from '../../native/index.js';
import {nativeEnvironment} from '../../support/index.js';
import {tf} from '../tf.js';
import {defineRemovedUtilities} from './removed-utilities.js';

const require = createRequire(import.meta.url);

/**
 * Loads an addon and registers it as backend `tensorflow` on the one copy of tfjs-core. The package's main module is not
 * used: it accepts its own addon only.
 * @throws Error as Node words it, if the addon or one of its libraries can't be loaded; naming the file, if one is damaged
 */
export function registerTensorflow(candidate: TensorflowCandidate): void {
  if (candidate.damage !== undefined) throw new Error(candidate.damage);
  // TensorFlow's messages about every graph that it loads would clutter a run's output.
  nativeEnvironment().TF_CPP_MIN_LOG_LEVEL ??= '2';
  const addon = require(candidate.addon) as object;
  defineRemovedUtilities();
  const {folder, name} = candidate.package;
  require(join(folder, 'dist', 'register_all_kernels.js'));
  const {NodeJSKernelBackend} = require(join(folder, 'dist', 'nodejs_kernel_backend.js'));
  tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(addon, name), 3);
}
