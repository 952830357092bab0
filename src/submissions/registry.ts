import type {Submission} from '../contract/index.js';
import type {About} from './named/index.js';

/** A built-in submission with its description. */
export type BuiltInSubmission = Submission & {readonly about: About};

/** The submissions by the names that command line and configs give them; each is loaded when it is asked for. */
const builtIn = {
  cyclic: async () => (await import('./cyclic/index.js')).cyclic,
  adamw: async () => (await import('./adamw/index.js')).adamw,
  nadamw: async () => (await import('./nadamw/index.js')).nadamw,
  nesterov: async () => (await import('./nesterov/index.js')).nesterov,
  cyclic_lr: async () => (await import('./cyclic-lr/index.js')).cyclicLr,
  momentum: async () => (await import('./momentum/index.js')).momentum,
  lamb: async () => (await import('./lamb/index.js')).lamb,
  adafactor: async () => (await import('./adafactor/index.js')).adafactor,
  lion: async () => (await import('./lion/index.js')).lion,
  ademamix: async () => (await import('./ademamix/index.js')).ademamix,
  cautious_nadamw: async () => (await import('./cautious-nadamw/index.js')).cautiousNadamw,
  schedule_free_adamw: async () => (await import('./schedule-free-adamw/index.js')).scheduleFreeAdamw,
  muon: async () => (await import('./muon/index.js')).muon,
  sam: async () => (await import('./sam/index.js')).sam,
  shampoo: async () => (await import('./shampoo/index.js')).shampoo,
  soap: async () => (await import('./soap/index.js')).soap,
  single_worker_diloco: async () => (await import('./single-worker-diloco/index.js')).singleWorkerDiloco,
};

/** The name of a submission that is built in. */
export type SubmissionName = keyof typeof builtIn;

export const submissionNames: readonly SubmissionName[] = Object.freeze(Object.keys(builtIn) as SubmissionName[]);

/** Whether a submission of that name is built in. */
export function isSubmissionName(name: string): name is SubmissionName {
  return Object.hasOwn(builtIn, name);
}

/** Loads the submission of the name. */
export async function loadBuiltIn(name: SubmissionName): Promise<BuiltInSubmission> {
  return (await builtIn[name]()) as unknown as BuiltInSubmission;
}
