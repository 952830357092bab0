import {leavesOf, mapTree, type Tensor, type Tree} from '../contract/index.js';
import {UserError} from '../support/index.js';
import {fused} from './fused.js';
import {tf} from './tf.js';

/** What a function to be differentiated returns. */
export interface LossAndAux<A extends Tree<Tensor>> {
  /** Scalar, float32. */
  readonly loss: Tensor;
  /** What else the loss's function computes, such as the model's next state. */
  readonly aux: A;
}

/** A loss with its gradients. */
export interface LossAndGradients<A extends Tree<Tensor>> extends LossAndAux<A> {
  /** One gradient for each parameter, in the parameters' structure; zeros for one that the loss does not depend on. */
  readonly gradients: Tree<Tensor>;
}

/**
 * A scalar loss, its gradients with respect to a tree of parameters, and what else `lossOf` computes on the way.
 * @throws UserError naming an operation that has no gradient
 */
export function lossAndGradients<A extends Tree<Tensor>>(
  lossOf: (params: Tree<Tensor>) => LossAndAux<A>,
  params: Tree<Tensor>,
): LossAndGradients<A> {
  const leaves = leavesOf<Tensor>(params).map(({value}) => value);
  let aux: Tree<Tensor> = {};
  const forward = (): Tensor => {
    const result = lossOf(params);
    // Cloned, since a leaf may be a tensor of the state that was only passed through.
    aux = mapTree<Tensor, Tensor>(result.aux, (tensor) => tf.keep(tf.clone(tensor)));
    return result.loss;
  };
  const {value, grads} = fused(() => gradientsOf(forward, leaves), false);
  const gradients = leaves.map((leaf, i) => (grads[i] as Tensor | undefined) ?? tf.zerosLike(leaf));
  return {loss: value, aux: mapTree<Tensor, Tensor>(aux, released) as A, gradients: rebuilt(params, gradients)};
}

function gradientsOf(forward: () => Tensor, leaves: Tensor[]) {
  try {
    return tf.engine().gradients(forward, leaves, undefined, true);
  } catch (cause) {
    const [, operation] = /gradient function not found for (\w+)/.exec(String(cause)) ?? [];
    if (operation === undefined) throw cause;
    throw new UserError(
      `the loss depends on parameters by ${operation}, which has no gradient in TensorFlow.js; take other operations, or give it one by tf.customGrad`,
      {cause},
    );
  }
}

/** `keep` carried the tensor out of the gradient's scope; a clone that the surrounding scope owns takes its place. */
function released(tensor: Tensor): Tensor {
  const clone = tf.clone(tensor);
  tensor.kept = false;
  tensor.dispose();
  return clone;
}

/** The tree with its leaves replaced by the given ones, in `leavesOf`'s order. */
function rebuilt(tree: Tree<Tensor>, leaves: readonly Tensor[]): Tree<Tensor> {
  let next = 0;
  return mapTree<Tensor, Tensor>(tree, () => leaves[next++]!);
}

/** The L2 norm of all leaves together: a scalar. */
export function globalNorm(tree: Tree<Tensor>): Tensor {
  const squares = leavesOf<Tensor>(tree).map(({value}) => tf.sum(tf.square(value)));
  return tf.sqrt(tf.addN(squares));
}

/** `g *= min(1, limit / (norm + 1e-6))` for every leaf, with the norm of all leaves together, as AlgoPerf's baselines. */
export function clipByGlobalNorm(tree: Tree<Tensor>, limit: number): Tree<Tensor> {
  const factor = tf.minimum(tf.div(limit, tf.add(globalNorm(tree), 1e-6)), 1);
  return mapTree<Tensor, Tensor>(tree, (leaf) => tf.mul(leaf, factor));
}
