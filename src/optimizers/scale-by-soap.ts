import {z} from 'zod';
import {full, mapTree, type NdArray, type Tensor, type Tree, zeros} from '../contract/index.js';
import {orthonormal, section, tf} from '../engine/index.js';
import {checkedOptions} from '../options/index.js';
import {type AdamConstants, type AdamScalars, adamChange, adamScalars, inFloat32} from './adam-formula.js';
import {average, zerosLike} from './averages.js';
import {alongAxis, gram} from './axes.js';
import {decay, count as integer, positive} from './checks.js';
import {inGroups} from './grouped.js';
import {leavesInOrderOf, subtreesInOrderOf, treeOfLeaves} from './leaves.js';
import type {GradientTransformation, StepInputs} from './transformation.js';

/** The constants of `scaleBySoap`. */
export interface ScaleBySoapOptions {
  /** Decay of the first moment, in [0, 1). */
  readonly b1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly b2: number;
  /** Decay of the statistics whose eigenbases are used, in [0, 1); default `b2`. */
  readonly shampooBeta?: number | undefined;
  /** Added to the root of the second moment, above 0; default 1e-8. */
  readonly eps?: number;
  /** Steps from one computation of the bases to the next, at least 1; default 10. */
  readonly preconditionFrequency?: number;
  /** A longer side of a parameter has no basis of its own, at least 1; default 10,000. */
  readonly maxPrecondDim?: number;
}

/** The same as a schema. */
export const scaleBySoapOptions = z.strictObject({
  b1: decay,
  b2: decay,
  shampooBeta: decay.optional(),
  eps: positive.default(1e-8),
  preconditionFrequency: integer.default(10),
  maxPrecondDim: integer.default(10_000),
});

type Constants = AdamConstants & z.output<typeof scaleBySoapOptions> & {readonly shampooBeta: number};

/** A matrix [n, n] for each axis of a parameter that has a basis, by the axis's number. */
type ByAxis<T> = {readonly [axis: string]: T};

interface SoapState {
  /** Steps done: a float32 scalar. */
  readonly count: Tensor;
  /** First moments, as the bases see them. */
  readonly mu: Tree<Tensor>;
  /** Second moments of the gradients as the bases see them. */
  readonly nu: Tree<Tensor>;
  /** Averages of the gradients' products, by axis. */
  readonly statistics: Tree<Tensor>;
  /** Orthonormal columns, by axis: nearly the eigenvectors of the statistics, the largest eigenvalue first. */
  readonly bases: Tree<Tensor>;
}

/**
 * SOAP's direction: Adam in the eigenbases of Shampoo's statistics. Of a parameter's axis i let `L_i` [n_i, n_i] be the statistics and
 * `Q_i` the basis, and X' a tensor X times `Q_i` along every axis, `t` counted from 1:
 *     mu' = b1 mu' + (1 - b1) g',   nu = b2 nu + (1 - b2) g'^2,
 *     u' = (mu' / (1 - b1^t)) / (sqrt(nu / (1 - b2^t)) + eps),   and u out of the bases,
 *     L_i = shampooBeta L_i + (1 - shampooBeta) G_i G_iT,
 * and every `preconditionFrequency` steps, which are long ones, `Q_i R = L_i Q_i` after the columns of `Q_i` (and nu with them) were put
 * in the order of their eigenvalues: one step of orthogonal iteration; mu' is then mu as the new bases see it.
 *
 * The bases begin as the identity, so that it is Adam until they are first computed. The paper begins with an eigendecomposition of the
 * first gradient's statistics, which are singular wherever a parameter is not a square: their zero eigenvalues have no
 * particular eigenvectors, and no two engines would train alike. Parameters of rank 0 and 1 have Adam.
 * @throws RangeError naming the option and the value it got
 * @see {@link https://arxiv.org/abs/2409.11321 | Vyas et al. 2024}, algorithms 3 and 4, with the authors' order of the columns
 */
export function scaleBySoap(given: ScaleBySoapOptions): GradientTransformation {
  const {shampooBeta, ...checked} = checkedOptions('scaleBySoap', scaleBySoapOptions, given);
  const options: Constants = {...checked, shampooBeta: shampooBeta ?? checked.b2, nesterov: false};
  const constants = {...options, ...inFloat32(options)};
  return {
    resets: {count: 'keep', mu: 'scale', nu: 'scale', statistics: 'scale', bases: 'keep'},
    init: (params) => ({
      count: full([], 0),
      mu: zerosLike(params),
      nu: zerosLike(params),
      statistics: matricesOf(params, options, (size) => zeros([size, size])),
      bases: matricesOf(params, options, identity),
    }),
    isLongStep: (count) => (count + 1) % options.preconditionFrequency === 0,
    update: (gradients, state, params, {isLongStep = false}) =>
      section(() => direct({gradients, state, params}, isLongStep, constants)),
  };
}

/** The axes of a parameter that have a basis. */
function axesOf(shape: readonly number[], {maxPrecondDim}: Pick<Constants, 'maxPrecondDim'>): number[] {
  if (shape.length < 2) return [];
  return shape.flatMap((size, axis) => (size > 1 && size <= maxPrecondDim ? [axis] : []));
}

function matricesOf(params: Tree<NdArray>, options: Constants, make: (size: number) => NdArray): Tree<NdArray> {
  const byAxis = ({shape}: NdArray) => axesOf(shape, options).map((axis) => [axis, make(shape[axis]!)]);
  return mapTree<NdArray, NdArray>(params, (param) => Object.fromEntries(byAxis(param)) as never);
}

function identity(size: number): NdArray {
  const data = Float32Array.from({length: size * size}, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return {shape: [size, size], dtype: 'float32', data};
}

/** A parameter's gradient with all that is kept for it. */
interface Parameter {
  readonly gradient: Tensor;
  readonly mu: Tensor;
  readonly nu: Tensor;
  readonly statistics: ByAxis<Tensor>;
  readonly bases: ByAxis<Tensor>;
}

function direct({gradients, state}: StepInputs, isLongStep: boolean, constants: Constants) {
  const old = state as unknown as SoapState;
  const count = tf.add(old.count, 1);
  const scalars = adamScalars(constants, count);
  const leaves = (tree: Tree<Tensor>) => leavesInOrderOf(gradients, tree);
  const byAxis = (tree: Tree<Tensor>) => subtreesInOrderOf(gradients, tree) as ByAxis<Tensor>[];
  const [mu, nu, statistics, bases] = [leaves(old.mu), leaves(old.nu), byAxis(old.statistics), byAxis(old.bases)];
  const stepped = leaves(gradients).map((gradient, i) =>
    ofParameter({gradient, mu: mu[i]!, nu: nu[i]!, statistics: statistics[i]!, bases: bases[i]!}, scalars, constants),
  );
  const next = isLongStep ? withNextBases(stepped) : stepped;
  const treeOf = (name: keyof Stepped) =>
    treeOfLeaves(
      gradients,
      next.map((each) => each[name]),
    );
  return {
    updates: treeOf('change'),
    state: {count, mu: treeOf('mu'), nu: treeOf('nu'), statistics: treeOf('statistics'), bases: treeOf('bases')},
  };
}

type Stepped = Omit<Parameter, 'gradient'> & {readonly change: Tensor};

function ofParameter({gradient, bases, ...kept}: Parameter, scalars: AdamScalars, constants: Constants): Stepped {
  const {change, ...moments} = adamChange({...kept, gradient: inBases(gradient, bases)}, scalars, constants);
  const statistics = mapAxes(kept.statistics, (matrix, axis) =>
    average(matrix, gram(gradient, axis), constants.shampooBeta),
  );
  return {...moments, change: outOfBases(change, bases), statistics, bases};
}

function mapAxes<T, U>(byAxis: ByAxis<T>, change: (value: T, axis: number) => U): ByAxis<U> {
  return Object.fromEntries(Object.entries(byAxis).map(([axis, value]) => [axis, change(value, Number(axis))]));
}

/** A tensor times the basis along every axis that has one. */
function inBases(x: Tensor, bases: ByAxis<Tensor>): Tensor {
  return Object.entries(bases).reduce((current, [axis, basis]) => alongAxis(current, basis, Number(axis)), x);
}

function outOfBases(x: Tensor, bases: ByAxis<Tensor>): Tensor {
  return Object.entries(bases).reduce((current, [axis, basis]) => alongAxis(current, basis, Number(axis), true), x);
}

/** One step of orthogonal iteration for every basis; the moments are taken along. */
function withNextBases(parameters: readonly Stepped[]): Stepped[] {
  const iterated = parameters.map(({statistics, bases}) =>
    mapAxes(bases, (basis, axis) => iteratedBasis(statistics[axis]!, basis)),
  );
  const next = inGroups(
    iterated.flatMap((byAxis) => Object.values(byAxis)),
    (stacked) => orthonormal(stacked),
  );
  let used = 0;
  return parameters.map(({mu, nu, bases, ...others}, i) => {
    const own = mapAxes(bases, () => next[used++]!);
    const sorted = Object.entries(iterated[i]!).reduce(
      (current, [axis, {order}]) => tf.gather(current, order, Number(axis)),
      nu,
    );
    return {...others, mu: inBases(outOfBases(mu, bases), own), nu: sorted, bases: own};
  });
}

/** `L Q` with its columns in the order of `qT L q`, the largest first, and that order: int32 [n]. */
function iteratedBasis(statistics: Tensor, basis: Tensor): {value: Tensor; order: Tensor} {
  const product = tf.matMul(statistics, basis);
  const eigenvalues = tf.sum(tf.mul(basis, product), 0);
  const order = tf.topk(eigenvalues, eigenvalues.shape[0]!, true).indices;
  return {value: tf.gather(product, order, 1), order};
}
