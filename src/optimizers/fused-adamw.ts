import type {Tensor} from '../contract/index.js';
import {ADAMW, ADAMW_OF_PARAMETER, composite, tf} from '../engine/index.js';
import {
  type AdamConstants,
  type AdamScalars,
  type AdamState,
  adamChange,
  adamScalars,
  inFloat32,
} from './adam-formula.js';
import {leavesInOrderOf, treeOfLeaves} from './leaves.js';
import type {Part, StepInputs, StepResult, TransformContext} from './transformation.js';

const CHAINS = ['scaleByAdam addDecayedWeights scaleByLearningRate', 'scaleByAdam scaleByLearningRate'];

interface AdamwConstants extends AdamConstants {
  readonly weightDecay: number;
}

/**
 * The whole step of a chain that is AdamW's or NAdamW's, link by link, from gradients to parameters:
 *     p = (1 - learningRate * weightDecay) p - learningRate * change
 * The engine may make it as one operation.
 * @returns undefined for any other chain
 */
export function fusedAdamw(
  parts: readonly Part[] | undefined,
): ((inputs: StepInputs, context: TransformContext) => StepResult) | undefined {
  if (!parts || !CHAINS.includes(parts.map(({name}) => name).join(' '))) return undefined;
  const {weightDecay = 0, ...constants} = Object.assign(
    {},
    ...parts.map(({options}) => options),
  ) as Partial<AdamwConstants> & AdamConstants;
  const options = {...inFloat32(constants), weightDecay};
  return ({gradients, state, params}, {learningRate}) => {
    const old = state as unknown as AdamState;
    const count = tf.add(old.count, 1);
    const [values, mu, nu, slopes] = [params, old.mu, old.nu, gradients].map((tree) => leavesInOrderOf(params, tree));
    const leaves = {params: values!, mu: mu!, nu: nu!, gradients: slopes!};
    const next = composite({name: ADAMW, inputs: {...leaves, count, learningRate}, attributes: options}, () =>
      eachByItself(leaves, count, learningRate, options),
    );
    const treeOf = (name: keyof typeof next) => treeOfLeaves(params, next[name]);
    return {params: treeOf('params'), state: {count, mu: treeOf('mu'), nu: treeOf('nu')}};
  };
}

/** Parameters, moments and gradients, parameter by parameter. */
interface Leaves {
  readonly params: readonly Tensor[];
  readonly mu: readonly Tensor[];
  readonly nu: readonly Tensor[];
  readonly gradients: readonly Tensor[];
}

function eachByItself(leaves: Leaves, count: Tensor, learningRate: Tensor, options: AdamwConstants) {
  const {weightDecay, b1, b2, nesterov} = options;
  const scalars = adamScalars(options, count, learningRate);
  const decayFactor = weightDecay === 0 ? undefined : tf.sub(1, tf.mul(learningRate, weightDecay));
  const next = leaves.params.map((param, i) => {
    const inputs = {param, mu: leaves.mu[i]!, nu: leaves.nu[i]!, gradient: leaves.gradients[i]!};
    const call = {
      name: ADAMW_OF_PARAMETER,
      inputs: {...inputs, ...scalars, decayFactor},
      attributes: {b1, b2, nesterov},
    };
    return composite(call, () => ofParameter(inputs, scalars, decayFactor, options));
  });
  return {params: next.map(({param}) => param), mu: next.map(({mu}) => mu), nu: next.map(({nu}) => nu)};
}

function ofParameter(
  {param, ...inputs}: {readonly param: Tensor; readonly mu: Tensor; readonly nu: Tensor; readonly gradient: Tensor},
  scalars: AdamScalars,
  decayFactor: Tensor | undefined,
  options: AdamwConstants,
) {
  const {mu, nu, change} = adamChange(inputs, scalars, options);
  return {param: tf.sub(decayFactor ? tf.mul(param, decayFactor) : param, change), mu, nu};
}
