import {leavesOf, mapTree, type Tensor, type Tree, zipTrees} from '../../contract/index.js';
import {tf} from '../tf.js';
import {attributeKinds, tensorflowBackend} from './binding.js';
import {hasOwnOperations} from './own-operations.js';

/** One update's inputs. */
export interface AdamUpdateOptions {
  readonly params: Tree<Tensor>;
  /** First moments, in the structure of `params`. */
  readonly mu: Tree<Tensor>;
  /** Second moments, in the structure of `params`. */
  readonly nu: Tree<Tensor>;
  readonly gradients: Tree<Tensor>;
  /** Updates done before this one: a float32 scalar. */
  readonly count: Tensor;
  /** The learning rate: a float32 scalar. */
  readonly rate: Tensor;
  /** Decay of the first moment, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Added to the root of the second moment. */
  readonly eps: number;
  /** Decoupled weight decay: times the rate it is taken from every parameter. */
  readonly weightDecay: number;
  /** Whether the first moment is averaged with the gradient once more before it is used (NAdamW). */
  readonly nesterov: boolean;
}

/** Parameters and moments after an update, in the structure of `params`; `count` is one more. */
export interface AdamUpdate {
  readonly params: Tree<Tensor>;
  readonly mu: Tree<Tensor>;
  readonly nu: Tree<Tensor>;
  readonly count: Tensor;
}

/** The update of one parameter, in terms of tensors: what a fused kernel may do instead of the operations. */
export interface AdamNote {
  readonly old: AdamSlots;
  readonly next: AdamSlots;
  readonly gradient: Tensor;
  readonly scalars: AdamScalars;
  readonly b1: number;
  readonly b2: number;
  readonly nesterov: boolean;
}

export interface AdamSlots {
  readonly param: Tensor;
  readonly mu: Tensor;
  readonly nu: Tensor;
}

interface AdamScalars {
  /** What the direction is multiplied by: `rate * sqrt(1 - b2^t) / (1 - b1^t)`. */
  readonly scale: Tensor;
  /** What is added to `sqrt(nu)`: `eps * sqrt(1 - b2^t)`. */
  readonly eps: Tensor;
  /** What the parameter is multiplied by; absent where nothing decays. */
  readonly kept?: Tensor;
}

/**
 * One step of Adam with decoupled weight decay over trees, `t = count + 1`:
 *     mu = b1 mu + (1 - b1) g,   nu = b2 nu + (1 - b2) g^2,   u = nesterov ? b1 mu + (1 - b1) g : mu,
 *     p = (1 - rate * weightDecay) p - rate * (u / (1 - b1^t)) / (sqrt(nu / (1 - b2^t)) + eps)
 * Both corrections are taken into the scalars first, as TensorFlow's kernels want them; in a recorded entry whose state
 * takes all three results, one fused kernel a parameter takes the place of these operations.
 * @throws Error naming the path at which the trees' structures differ
 */
export function adamUpdate(given: AdamUpdateOptions): AdamUpdate {
  // A fused kernel knows the decays in float32, and so `1 - decay` of that: with the corrections made from the same numbers
  // both forms agree, also for a decay next to 1.
  const options = {...given, b1: Math.fround(given.b1), b2: Math.fround(given.b2)};
  const {params} = options;
  const count = tf.add(options.count, 1);
  const leaves = [params, options.mu, options.nu, options.gradients].map((tree) => inOrderOf(params, tree));
  const next = isForAddon(options, leaves) ? updateAtOnce(options, leaves, count) : updateEach(options, leaves, count);
  const treeOf = (slot: keyof AdamSlots): Tree<Tensor> => {
    let i = 0;
    return mapTree<Tensor, Tensor>(params, () => next[i++]![slot]);
  };
  return {params: treeOf('param'), mu: treeOf('mu'), nu: treeOf('nu'), count};
}

/** Parameters, first and second moments and gradients, parameter by parameter. */
type Leaves = readonly (readonly Tensor[])[];

function updateEach(options: AdamUpdateOptions, [params, mu, nu, gradients]: Leaves, count: Tensor): AdamSlots[] {
  const {b1, b2, nesterov} = options;
  const scalars = scalarsOf(options, count);
  return params!.map((param, i) => {
    const [old, gradient] = [{param, mu: mu![i]!, nu: nu![i]!}, gradients![i]!];
    // In a scope of its own: all parameters' intermediate values together would be ten times the model.
    const slots = tf.tidy(() => updateOne(old, gradient, scalars, options) as never) as unknown as AdamSlots;
    listener?.({old, next: slots, gradient, scalars, b1, b2, nesterov});
    return slots;
  });
}

/**
 * Elements of all parameters up to which the addon's operation makes the update: faster, but it makes new tensors, which for large
 * models costs more than changing them in place.
 */
const MOST_ELEMENTS = 2 ** 20;

function isForAddon({count, rate}: AdamUpdateOptions, leaves: Leaves): boolean {
  if (tf.getBackend() !== 'tensorflow' || !hasOwnOperations(tensorflowBackend().binding)) return false;
  const params = leaves[0]!;
  const elements = params.reduce((sum, {size}) => sum + size, 0);
  const isFloat = [...leaves.flat(), count, rate].every(({dtype}) => dtype === 'float32');
  return params.length > 0 && elements <= MOST_ELEMENTS && isFloat;
}

/** The update of all parameters by one operation of the addon's. */
function updateAtOnce(options: AdamUpdateOptions, leaves: Leaves, count: Tensor): AdamSlots[] {
  const backend = tensorflowBackend();
  const n = leaves[0]!.length;
  const {float, bool, int} = attributeKinds;
  const numbers = {b1: options.b1, b2: options.b2, eps: options.eps, weight_decay: options.weightDecay};
  const attributes = [
    {name: 'N', type: int, value: n},
    ...Object.entries(numbers).map(([name, value]) => ({name, type: float, value})),
    {name: 'nesterov', type: bool, value: options.nesterov},
  ];
  const ids = backend.getInputTensorIds([...leaves.flat(), count, options.rate]);
  const results = backend.binding.executeOp('AdamWUpdate', attributes, ids, 3 * n);
  const next = results.map((result) => backend.createOutputTensor(result));
  return leaves[0]!.map((_, i) => ({param: next[i]!, mu: next[n + i]!, nu: next[2 * n + i]!}));
}

let listener: ((note: AdamNote) => void) | undefined;

/** Calls `run`, and `listen` with every parameter's update that `run` asks for. */
export function listeningToAdam<T>(listen: (note: AdamNote) => void, run: () => T): T {
  listener = listen;
  try {
    return run();
  } finally {
    listener = undefined;
  }
}

/** The leaves of `tree` in the order of the leaves of `params`. */
function inOrderOf(params: Tree<Tensor>, tree: Tree<Tensor>): Tensor[] {
  return leavesOf(zipTrees<Tensor, Tensor, Tensor>(params, tree, (_, leaf) => leaf)).map(({value}) => value);
}

function updateOne(old: AdamSlots, gradient: Tensor, scalars: AdamScalars, options: AdamUpdateOptions): AdamSlots {
  const {b1, b2, nesterov} = options;
  const mu = average(old.mu, gradient, b1);
  const nu = average(old.nu, tf.square(gradient), b2);
  const direction = nesterov ? average(mu, gradient, b1) : mu;
  const change = tf.div(tf.mul(direction, scalars.scale), tf.add(tf.sqrt(nu), scalars.eps));
  const kept = scalars.kept ? tf.mul(old.param, scalars.kept) : old.param;
  return {param: tf.sub(kept, change), mu, nu};
}

/** `decay * old + (1 - decay) * value`. */
function average(old: Tensor, value: Tensor, decay: number): Tensor {
  return tf.add(tf.mul(old, decay), tf.mul(value, 1 - decay));
}

function scalarsOf({rate, b1, b2, eps, weightDecay}: AdamUpdateOptions, count: Tensor): AdamScalars {
  const root = tf.sqrt(biasCorrection(b2, count));
  const scalars = {scale: tf.div(tf.mul(rate, root), biasCorrection(b1, count)), eps: tf.mul(root, eps)};
  return weightDecay === 0 ? scalars : {...scalars, kept: tf.sub(1, tf.mul(rate, weightDecay))};
}

/** `1 - decay^count`, without the cancellation that the difference has in float32 for a decay near 1. */
function biasCorrection(decay: number, count: Tensor): Tensor {
  if (decay === 0) return tf.onesLike(count);
  return tf.neg(tf.expm1(tf.mul(count, Math.log(decay))));
}
