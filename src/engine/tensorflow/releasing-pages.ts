import type {Binding} from './binding.js';
import {hasOwnOperations} from './own-operations.js';

/**
 * Does what happens once for a graph: loading it, and its first run, when TensorFlow rewrites it. Much of the libraries' code runs
 * only then; its pages are released meanwhile and afterwards.
 */
export function releasingPages<T>(binding: Binding, run: () => T): T {
  if (!hasOwnOperations(binding)) return run();
  binding.executeOp('BeginReleasingPages', [], [], 0);
  try {
    return run();
  } finally {
    binding.executeOp('EndReleasingPages', [], [], 0);
  }
}
