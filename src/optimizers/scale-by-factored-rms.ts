import {z} from 'zod';
import {full, mapTree, type NdArray, type Tensor, type Tree, zeros} from '../contract/index.js';
import {tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {biasCorrection, zerosLike} from './averages.js';
import {decay} from './checks.js';
import {changeLeaves} from './leaves.js';
import {chosenBy, isKernel, type MaskedParam, part, withPart} from './masked.js';
import type {GradientTransformation} from './transformation.js';

/** Added to the gradient's square: a row without gradients can be divided by. */
const EPS = 1e-30;

const scaleByFactoredRmsOptions = z.strictObject({b2: decay});

type State = {count: Tensor; vRow: Tree<Tensor>; vCol: Tree<Tensor>; v: Tree<Tensor>};

const isNoKernel = (param: MaskedParam): boolean => !isKernel(param);

/**
 * Divides by the root of an average of the gradient's square, of which kernels keep the means over rows and columns alone; `t` counted
 * from 1, `s = g^2 + 1e-30`, `d = b2 (1 - b2^(t-1)) / (1 - b2^t)`, which is Adam's average with its bias corrected:
 *     vRow = d vRow + (1 - d) mean(s, last axis),   vCol = d vCol + (1 - d) mean(s, last axis but one),
 *     g / sqrt(vRow vCol / mean(vRow, last axis))
 * and for parameters of rank 0 and 1 `v = d v + (1 - d) s, g / sqrt(v)`. Its state is `{count, vRow, vCol, v}`. As
 * `optax.scale_by_factored_rms` with such a `decay_rate_fn`, where the last two axes are the largest two (those are optax's choice).
 * @param options.b2 - decay, in [0, 1)
 * @throws RangeError with the value it got
 * @see {@link https://arxiv.org/abs/1804.04235 | Shazeer & Stern 2018}
 */
export function scaleByFactoredRms(options: {readonly b2: number}): GradientTransformation {
  const {b2} = checkedOptions('scaleByFactoredRms', scaleByFactoredRmsOptions, options);
  return {
    resets: {count: 'keep', vRow: 'scale', vCol: 'scale', v: 'scale'},
    init(params) {
      const [kernels, others] = [isKernel, isNoKernel].map((mask) => part(params, chosenBy(mask, params)));
      return {
        count: full([], 0),
        vRow: without(kernels!, -1),
        vCol: without(kernels!, -2),
        v: zerosLike(others!),
      };
    },
    update(gradients, state) {
      const {count: before, vRow, vCol, v} = state as State;
      const count = tf.add(before, 1);
      // 1 - d, without the cancellation of the difference: (1 - b2) / (1 - b2^t).
      const gain = tf.div(1 - b2, biasCorrection(b2, count));
      const [kernels, others] = [isKernel, isNoKernel].map((mask) => chosenBy(mask, gradients));
      const factored = changeLeaves(
        {gradient: part(gradients, kernels!), vRow, vCol},
        ['update', 'vRow', 'vCol'],
        (leaf) => factoredChange(leaf, gain),
      );
      const whole = changeLeaves({gradient: part(gradients, others!), v}, ['update', 'v'], (leaf) => {
        const v = moved(leaf.v, squareOf(leaf.gradient), gain);
        return {update: tf.div(leaf.gradient, tf.sqrt(v)), v};
      });
      return {
        updates: withPart(withPart(gradients, factored.update, kernels!), whole.update, others!),
        state: {count, vRow: factored.vRow, vCol: factored.vCol, v: whole.v},
      };
    },
  };
}

/** Zeros of the parameters' shapes, without an axis. */
function without(params: Tree<NdArray>, axis: number): Tree<NdArray> {
  return mapTree<NdArray, NdArray>(params, ({shape}) => zeros(shape.filter((_, i) => i !== shape.length + axis)));
}

function squareOf(gradient: Tensor): Tensor {
  return tf.add(tf.square(gradient), EPS);
}

/** `old + gain * (value - old)`. */
function moved(old: Tensor, value: Tensor, gain: Tensor): Tensor {
  return tf.add(old, tf.mul(tf.sub(value, old), gain));
}

function factoredChange(
  {gradient, ...old}: {readonly gradient: Tensor; readonly vRow: Tensor; readonly vCol: Tensor},
  gain: Tensor,
) {
  const square = squareOf(gradient);
  const vRow = moved(old.vRow, tf.mean(square, -1), gain);
  const vCol = moved(old.vCol, tf.mean(square, -2), gain);
  const ofRows = tf.sqrt(tf.div(vRow, tf.mean(vRow, -1, true)));
  const below = tf.mul(tf.expandDims(ofRows, -1), tf.expandDims(tf.sqrt(vCol), -2));
  return {update: tf.div(gradient, below), vRow, vCol};
}
