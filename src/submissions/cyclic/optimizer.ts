import type {ConfigProblem} from '../../contract/index.js';
import {type GradientTransformation, isKernel, optimizers, sgd} from '../../optimizers/index.js';

/** The hyperparameters that make the optimizer. */
export interface OptimizerHyperparameters {
  readonly optimizer: keyof typeof optimizers;
  readonly oneMinusBeta1: number;
  readonly beta2?: number;
  readonly nesterov?: boolean;
  readonly weightDecay: number;
  readonly decaysKernelsOnly?: boolean;
}

/** The optimizer that a config names, with its options from the hyperparameters. */
export function optimizerOf(hyperparameters: OptimizerHyperparameters): GradientTransformation {
  const {optimizer, oneMinusBeta1, beta2, weightDecay, nesterov, decaysKernelsOnly} = hyperparameters;
  if (optimizer === 'sgd') {
    return sgd({
      momentum: 1 - oneMinusBeta1,
      weightDecay,
      ...(nesterov !== undefined && {nesterov}),
      ...(decaysKernelsOnly && {mask: isKernel}),
    });
  }
  return optimizers[optimizer]({b1: 1 - oneMinusBeta1, b2: beta2!, weightDecay});
}

/** Which hyperparameters the named optimizer lacks, and which it does not know. */
export function optimizerProblems(hyperparameters: OptimizerHyperparameters): ConfigProblem[] {
  const {optimizer, oneMinusBeta1, beta2, nesterov, decaysKernelsOnly} = hyperparameters;
  // What is none of the optimizers has been told by the schema.
  if (optimizer === undefined) return [];
  const problem = (key: string, message: string): ConfigProblem => ({path: ['hyperparameters', key], message});
  if (optimizer === 'sgd') {
    return [
      ...(beta2 === undefined ? [] : [problem('beta2', 'sgd has no second moment; leave it out')]),
      ...(nesterov && oneMinusBeta1 === 1
        ? [problem('nesterov', 'needs momentum, but one_minus_beta1 is 1: 1 minus the momentum')]
        : []),
    ];
  }
  const unknown = (value: unknown, key: string, hint: string) =>
    value === undefined ? [] : [problem(key, `is of sgd alone, and the optimizer is ${optimizer}; ${hint}`)];
  return [
    ...(beta2 === undefined ? [problem('beta2', 'is missing')] : []),
    ...unknown(nesterov, 'nesterov', 'leave it out, or use nadamw'),
    ...unknown(decaysKernelsOnly, 'decays_kernels_only', 'leave it out'),
  ];
}
