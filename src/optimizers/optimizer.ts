import type {NdArray, Tensor, Tree} from '../contract/index.js';

/** An optimizer as a pair of pure functions, after optax's gradient transformations; the rate is an argument of `update`. */
export interface Optimizer {
  /** The state before the first step: zeros. */
  init(params: Tree<NdArray>): Tree<NdArray>;
  /**
   * One step.
   * @param gradients - in the structure of `params`
   * @param rate - the learning rate: a scalar
   */
  update(gradients: Tree<Tensor>, state: Tree<Tensor>, params: Tree<Tensor>, rate: Tensor): OptimizerUpdate;
}

/** Parameters and optimizer state after a step, in the structures of those before. */
export interface OptimizerUpdate {
  readonly params: Tree<Tensor>;
  readonly state: Tree<Tensor>;
}
