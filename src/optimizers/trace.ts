import {z} from 'zod';
import {type Tensor, type Tree, zipTrees} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {zerosLike} from './averages.js';
import {decay} from './checks.js';
import type {GradientTransformation} from './transformation.js';

/** The constants of `trace`. */
export interface TraceOptions {
  /** What is left of the sum at each step, in [0, 1). */
  readonly decay: number;
  /** Whether the update looks ahead by one more decay of the sum; default false. */
  readonly nesterov?: boolean;
}

const traceOptions = z.strictObject({decay, nesterov: z.boolean().default(false)});

/**
 * Follows a decaying sum of the updates, momentum: `trace = decay * trace + u`, and gives `trace`, or with Nesterov's momentum
 * `decay * trace + u`. As `optax.trace`.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://proceedings.mlr.press/v28/sutskever13.html | Sutskever et al. 2013}
 */
export function trace(options: TraceOptions): GradientTransformation {
  const {decay, nesterov} = checkedOptions('trace', traceOptions, options);
  const plusDecayed = (sum: Tensor, update: Tensor): Tensor => tf.add(tf.mul(sum, decay), update);
  return {
    resets: {trace: 'scale'},
    init: (params) => ({trace: zerosLike(params)}),
    update(updates, state) {
      const sums = zipTrees<Tensor, Tensor, Tensor>((state as {trace: Tree<Tensor>}).trace, updates, plusDecayed);
      return {
        updates: nesterov ? zipTrees<Tensor, Tensor, Tensor>(sums, updates, plusDecayed) : sums,
        state: {trace: sums},
      };
    },
  };
}
