import {z} from 'zod';
import {type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {globalNorm, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {adamw} from './adamw.js';
import {positive, transformation} from './checks.js';
import {beta2, oneMinusBeta1, weightDecay} from './hyperparameters.js';
import {namedOptimizer} from './named-optimizer.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `sam`. */
export interface SamOptions {
  /** How far uphill the second gradient is taken, in the norm of all parameters together; above 0. */
  readonly rho: number;
  /** What makes updates of the second gradient. */
  readonly inner: GradientTransformation;
}

const samOptions = z.strictObject({rho: positive, inner: transformation});

/**
 * Sharpness-aware minimisation: the gradient is taken once more a distance `rho` uphill, at `p + rho * g / |g|`, on the same batch,
 * and `inner` follows that one from `p`. Batch statistics move with the first alone. Where the first gradient is 0 the second is
 * taken at `p`. Its state is that of `inner`.
 * @throws RangeError naming the option and the value it got; where it is used, if the step can't give gradients at other parameters
 * @see {@link https://arxiv.org/abs/2010.01412 | Foret et al. 2021}; same values as `optax.contrib.sam` in opaque mode with
 * `normalize` and `sgd(rho)`
 */
export function sam(options: SamOptions): GradientTransformation {
  const {rho, inner} = checkedOptions('sam', samOptions, options);
  const {parts: _, ...others} = inner;
  return {
    ...others,
    update(gradients, state, params, context) {
      if (!context.gradientsAt) throw new RangeError('sam: the step must give gradientsAt, got none');
      const second = context.gradientsAt(uphill(params, gradients, rho));
      return inner.update(second, state, params, context);
    },
  };
}

function uphill(params: Tree<Tensor>, gradients: Tree<Tensor>, rho: number): Tree<Tensor> {
  // A norm that is 0 divides only zeros.
  const factor = tf.div(rho, tf.maximum(globalNorm(gradients), 1e-30));
  return zipTrees<Tensor, Tensor, Tensor>(params, gradients, (param, gradient) =>
    tf.add(param, tf.mul(gradient, factor)),
  );
}

/** `sam` as a config names it: with AdamW, as AlgoPerf's. */
export const namedSam = namedOptimizer({
  hyperparameters: z.object({
    one_minus_beta1: oneMinusBeta1,
    beta2,
    weight_decay: weightDecay,
    rho: z.number().gt(0).describe('For sam: how far uphill the second gradient is taken'),
  }),
  make: ({oneMinusBeta1, beta2, weightDecay, rho}) =>
    sam({rho, inner: adamw({b1: 1 - oneMinusBeta1, b2: beta2, weightDecay})}),
});
