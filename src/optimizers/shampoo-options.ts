import {z} from 'zod';
import {count, decay, positive, weightDecay} from './checks.js';
import {type Grafting, graftings} from './grafting.js';

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

/** All of them, with AlgoPerf's defaults. */
export const shampooOptions = z.strictObject({
  b1: decay,
  b2: decay,
  weightDecay,
  eps: positive.default(1e-8),
  matrixEpsilon: positive.default(1e-6),
  blockSize: count.default(1024),
  mergeSmallDimsBlockSize: count.default(4096),
  skipPreconditioningDimSizeGt: count.default(1_000_000),
  startPreconditioningStep: z.int().min(0).default(101),
  preconditioningComputeSteps: count.default(20),
  grafting: z.enum(graftings).default('rmsprop_normalized'),
  nesterov: z.boolean().default(true),
});

/** None left out. */
export type ShampooConstants = z.output<typeof shampooOptions>;
