import {requireCount, requireDecay, requirePositive, requireWeightDecay} from './checks.js';
import type {Grafting} from './grafting.js';

/** The constants of `shampoo`; defaults are AlgoPerf's. */
export interface ShampooOptions {
  /** Decay of the momentum, in [0, 1). */
  readonly b1: number;
  /** Decay of the statistics and of the squares for grafting, in [0, 1). */
  readonly b2: number;
  /** An L2 penalty that is not preconditioned, at least 0: so much of every parameter is added to its step, before the momentum. */
  readonly weightDecay: number;
  /** Added to the root of the squares for grafting, above 0; default 1e-8. */
  readonly eps?: number;
  /** Share of the largest eigenvalue of a matrix of statistics that is added to all, above 0; default 1e-6. */
  readonly matrixEpsilon?: number;
  /** The longest side of a block of a parameter, at least 1; default 1024. */
  readonly blockSize?: number;
  /** Neighbouring dimensions are made one up to this length, at least 1; default 4096. */
  readonly mergeSmallDimsBlockSize?: number;
  /** Parameters with a longer side are trained by the method grafted from alone, at least 1; default 1,000,000. */
  readonly skipPreconditioningDimSizeGt?: number;
  /** Steps at the start that are those of the method grafted from, at least 0; default 101. */
  readonly startPreconditioningStep?: number;
  /** Steps from one computation of preconditioners to the next, at least 1; default 20. */
  readonly preconditioningComputeSteps?: number;
  /** What gives the length of a parameter's step; default `rmsprop_normalized`. */
  readonly grafting?: Grafting;
  /** Nesterov's momentum; default true. */
  readonly nesterov?: boolean;
}

/** All of them. */
export type ShampooConstants = Required<ShampooOptions>;

const defaults = {
  eps: 1e-8,
  matrixEpsilon: 1e-6,
  blockSize: 1024,
  mergeSmallDimsBlockSize: 4096,
  skipPreconditioningDimSizeGt: 1_000_000,
  startPreconditioningStep: 101,
  preconditioningComputeSteps: 20,
  grafting: 'rmsprop_normalized',
  nesterov: true,
} as const;

/**
 * The options with defaults for those that are left out.
 * @throws RangeError naming the option and the value it got
 */
export function withDefaults(given: ShampooOptions): ShampooConstants {
  const options = {...defaults, ...given};
  requireDecay('b1', options.b1);
  requireDecay('b2', options.b2);
  requireWeightDecay(options.weightDecay);
  for (const name of ['eps', 'matrixEpsilon'] as const) requirePositive(name, options[name]);
  for (const name of ['blockSize', 'mergeSmallDimsBlockSize', 'skipPreconditioningDimSizeGt'] as const)
    requireCount(name, options[name]);
  requireCount('preconditioningComputeSteps', options.preconditioningComputeSteps);
  requireCount('startPreconditioningStep', options.startPreconditioningStep, 0);
  return options;
}
