import type {NdArray, ParameterType, Tensor, Tree} from '../contract/index.js';

/** What a transformation may know of a step, in addition to updates, state and parameters. */
export interface TransformContext {
  /** A float32 scalar. */
  readonly learningRate: Tensor;
  /** Steps done before this one, a float32 scalar, exact up to 2^24; undefined where the step's entry is not given it. */
  readonly step?: Tensor | undefined;
  /** The types of the parameters, in their structure; undefined where they are not known. */
  readonly paramTypes?: Tree<ParameterType> | undefined;
  /**
   * The gradients of the same batch at other parameters, clipped as those that are given; undefined where those are all there is.
   * As `grad_fn` of optax's.
   */
  readonly gradientsAt?: ((params: Tree<Tensor>) => Tree<Tensor>) | undefined;
  /** Whether this is a long step, as the optimizer's `isLongStep` says; default false. A step is recorded once for each of both. */
  readonly isLongStep?: boolean | undefined;
}

/** Updates and state after a transformation. */
export interface Transformed {
  /** In the structure of the parameters. */
  readonly updates: Tree<Tensor>;
  /** In the structure of the state before. */
  readonly state: Tree<Tensor>;
}

/** What a whole step is made from: all in the structure of the parameters but the state. */
export interface StepInputs {
  readonly gradients: Tree<Tensor>;
  readonly state: Tree<Tensor>;
  readonly params: Tree<Tensor>;
}

/** Parameters and optimizer state after a step, in the structures of those before. */
export interface StepResult {
  readonly params: Tree<Tensor>;
  readonly state: Tree<Tensor>;
}

/**
 * What happens to a part of an optimizer's state when a reset scales the model instead of re-initialising it:
 * - `scale`: multiplied by the reset's factor for moments;
 * - `keep`: stays, as a count of steps;
 * - `init`: made again by `init` from the new parameters, as a sum that is started at zero or a copy of the parameters.
 */
export type ResetRule = (typeof resetRules)[number];

/** The names of those rules. */
export const resetRules = Object.freeze(['scale', 'keep', 'init'] as const);

/** A maker's name with its options: what a fused form is recognised by. */
export interface Part {
  readonly name: string;
  readonly options: {readonly [name: string]: number | boolean};
}

/**
 * A step of the way from gradients to what is added to the parameters, after optax: a pair of pure functions, whose state is
 * handed in and out. A whole optimizer is one too; `chain` makes it of others.
 * @see {@link https://optax.readthedocs.io/en/latest/api/transformations.html | optax's transformations}
 */
export interface GradientTransformation {
  /**
   * The state before the first step.
   * @returns an object of trees by name, `{}` where nothing is kept
   */
  init(params: Tree<NdArray>, paramTypes?: Tree<ParameterType>): {readonly [name: string]: Tree<NdArray>};
  /** @param updates - in the structure of `params`: gradients, or what the transformation before made of them */
  update(updates: Tree<Tensor>, state: Tree<Tensor>, params: Tree<Tensor>, context: TransformContext): Transformed;
  /** Every name of the state, with what a reset that scales does to what is there. */
  readonly resets: {readonly [name: string]: ResetRule};
  /**
   * The parameters that are evaluated, where those are others than the ones that are trained: averages, for example. Pure, as an
   * entry's function. Absent: they are the same.
   */
  evalParams?(state: Tree<Tensor>, params: Tree<Tensor>, paramTypes?: Tree<ParameterType>): Tree<Tensor>;
  /**
   * Of how many steps one moves the model's batch statistics: by a forward pass at `evalParams`, which they are needed for. Absent:
   * all, by the pass that gives the gradients.
   */
  readonly batchStatisticsSteps?: number;
  /**
   * Whether a step is a long one, that does what costs too much to be done each time: computing preconditioners, say. Long steps
   * are recorded by themselves, so that the others take no longer. Asked on the host, before the step. Absent: all are alike.
   * @param count - steps since `init`
   */
  isLongStep?(count: number): boolean;
  /** What it is made of, in order; absent if unknown. */
  readonly parts?: readonly Part[];
}
