import type {TensorflowCandidate} from '../../native/index.js';
import type {AddonReport} from '../../native/install/index.js';
import {runInChild, siblingModule} from '../../support/index.js';

/**
 * Tries an addon in a process of its own, since one that does not work may end the process that loads it.
 * @throws Error with what came out wrong, or with how the process ended
 */
export function checkAddon(candidate: TensorflowCandidate): Promise<AddonReport> {
  return runInChild<AddonReport>(siblingModule('check-process', import.meta.url), candidate);
}
