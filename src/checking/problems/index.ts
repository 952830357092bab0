import type {Workload} from '../../contract/index.js';
import {frozen} from '../../support/index.js';
import {digits} from './digits.js';
import {images} from './images.js';
import {transformer} from './transformer.js';
import {unknownTargets} from './unknown-targets.js';

/** Small workloads of different kinds, on which submissions are checked. */
const PROBLEMS = {
  digits,
  transformer: async () => transformer,
  'batch-norm': async () => images,
  'unknown-targets': async () => unknownTargets,
};

export const problemNames = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];

/** The name of a problem. */
export type ProblemName = keyof typeof PROBLEMS;

/** A problem by name; it is read-only. */
export async function loadProblem(name: ProblemName): Promise<Workload> {
  return frozen(await PROBLEMS[name]());
}
