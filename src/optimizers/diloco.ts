import {z} from 'zod';
import {type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {section, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {adamw, nadamw} from './adamw.js';
import {zerosLike} from './averages.js';
import {applyUpdates} from './chain.js';
import {count, decay, positive, transformation} from './checks.js';
import {beta2, innerOptimizer, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {namedOptimizer} from './named-optimizer.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `singleWorkerDiloco`. */
export interface DilocoOptions {
  /**
   * Trains the fast parameters; its state is kept across the outer steps. It has no long steps and no evaluated parameters of
   * its own.
   */
  readonly inner: GradientTransformation;
  /** Inner steps from one outer step to the next, at least 1. */
  readonly syncSteps: number;
  /** Rate of the outer steps, above 0; no schedule moves it. */
  readonly outerLearningRate: number;
  /** Nesterov momentum of the outer steps, in [0, 1). */
  readonly outerMomentum: number;
}

const dilocoOptions = z.strictObject({
  inner: transformation,
  syncSteps: count,
  outerLearningRate: positive,
  outerMomentum: decay,
});

interface DilocoState {
  /** Parameters of the last outer step. */
  readonly slow: Tree<Tensor>;
  /** The running sum of the outer steps. */
  readonly outerTrace: Tree<Tensor>;
}

/**
 * DiLoCo with one worker: `inner` trains fast parameters, and after every `syncSteps` steps the way they went is the gradient of an
 * outer step with Nesterov momentum, from where they continue:
 *     d = slow - fast,   trace = outerMomentum * trace + d,
 *     slow -= outerLearningRate * (d + outerMomentum * trace),   fast = slow
 * The slow parameters are evaluated. Its state is that of `inner` with `{slow, outerTrace}`.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2311.08105 | Douillard et al. 2023}
 */
export function singleWorkerDiloco(given: DilocoOptions): GradientTransformation {
  const {inner, ...options} = checkedOptions('singleWorkerDiloco', dilocoOptions, given);
  const {syncSteps} = options;
  if (inner.isLongStep || inner.evalParams)
    throw new RangeError(
      'singleWorkerDiloco: inner must have no long steps and no evaluated parameters of its own, got one that has',
    );
  return {
    resets: {...inner.resets, slow: 'init', outerTrace: 'scale'},
    init: (params, paramTypes) => ({
      ...inner.init(params, paramTypes),
      slow: params,
      outerTrace: zerosLike(params),
    }),
    isLongStep: (count) => (count + 1) % syncSteps === 0,
    update(gradients, state, params, context) {
      const {slow, outerTrace, ...own} = state as unknown as DilocoState;
      const {updates, state: next} = inner.update(gradients, own, params, context);
      const kept = next as {readonly [name: string]: Tree<Tensor>};
      if (!context.isLongStep) return {updates, state: {...kept, slow, outerTrace}};
      const outer = section(() => outerStep({slow, outerTrace}, applyUpdates(params, updates), options));
      const toSlow = zipTrees<Tensor, Tensor, Tensor>(outer.slow, params, (to, from) => tf.sub(to, from));
      return {updates: toSlow, state: {...kept, ...outer}};
    },
    evalParams: (state) => (state as unknown as DilocoState).slow,
  };
}

function outerStep(
  {slow, outerTrace}: DilocoState,
  fast: Tree<Tensor>,
  {outerLearningRate, outerMomentum}: Omit<DilocoOptions, 'inner'>,
): {slow: Tree<Tensor>; outerTrace: Tree<Tensor>} {
  const combined = (a: Tree<Tensor>, b: Tree<Tensor>, combine: (a: Tensor, b: Tensor) => Tensor) =>
    zipTrees<Tensor, Tensor, Tensor>(a, b, combine);
  const way = combined(slow, fast, (from, to) => tf.sub(from, to));
  const trace = combined(way, outerTrace, (d, sum) => tf.add(d, tf.mul(sum, outerMomentum)));
  const ahead = combined(way, trace, (d, sum) => tf.add(d, tf.mul(sum, outerMomentum)));
  return {
    slow: combined(slow, ahead, (from, step) => tf.sub(from, tf.mul(step, outerLearningRate))),
    outerTrace: trace,
  };
}

const innerOptimizers = {adamw, nadamw};

/** `single_worker_diloco` as a config names it. */
export const namedSingleWorkerDiloco = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    beta2,
    weight_decay: weightDecay,
    inner_optimizer: innerOptimizer,
    sync_steps: z.int().min(1).describe('For single_worker_diloco: steps from one outer step to the next'),
    outer_learning_rate: z
      .number()
      .gt(0)
      .describe('For single_worker_diloco: rate of the outer steps, the same for all of them'),
    outer_momentum: z.number().min(0).lt(1).describe('For single_worker_diloco: Nesterov momentum of the outer steps'),
  }),
  make({oneMinusBeta1, beta2, weightDecay, innerOptimizer = 'adamw', ...others}) {
    const {syncSteps, outerLearningRate, outerMomentum} = others;
    return singleWorkerDiloco({
      inner: innerOptimizers[innerOptimizer]({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay}),
      ...{syncSteps, outerLearningRate, outerMomentum},
    });
  },
});
