import {leavesOf, mapTree, type NdArray, type TrainState, type Tree, zipTrees} from '../../contract/index.js';

/** What a reset multiplies by. */
export interface ResetFactors {
  /** Of the parameters: how near the target the model is, in [0, 1]. */
  readonly params: number;
  /** Of the optimizer's moments: `alpha` times that. */
  readonly moments: number;
}

/**
 * How near the target `metric` is, in [0, 1]: `metric / target` where more is better, `target / metric` where less is.
 * 0 where that is not a number.
 */
export function nearnessToTarget(metric: number, target: number, goal: 'maximize' | 'minimize'): number {
  const ratio = goal === 'maximize' ? metric / target : target / metric;
  return Number.isNaN(ratio) ? 0 : Math.min(1, Math.max(0, ratio));
}

/** The state with fresh parameters and model state and an optimizer that has seen nothing. */
export function reinitialised(
  state: TrainState<NdArray>,
  fresh: Omit<TrainState<NdArray>, 'optimizer'>,
): TrainState<NdArray> {
  return {
    ...fresh,
    optimizer: mapTree<NdArray, NdArray>(state.optimizer, (leaf) => ({...leaf, data: leaf.data.slice().fill(0)})),
  };
}

/** What a multiplying reset was asked to do. */
export interface Multiplication {
  readonly factors: ResetFactors;
  readonly perturb: number;
  readonly fresh: Tree<NdArray>;
}

/**
 * The state with the moments scaled by `factors.moments` and the parameters by `factors.params`, plus `perturb` times a
 * fresh initialisation. Step counts and model state stay.
 * @see {@link https://arxiv.org/abs/1910.08475 | Ash & Adams 2020}, shrink and perturb
 */
export function multiplied(state: TrainState<NdArray>, {factors, perturb, fresh}: Multiplication): TrainState<NdArray> {
  const params = mapTree<NdArray, NdArray>(state.params, (leaf) => scaled(leaf, factors.params));
  return {
    params:
      perturb === 0 ? params : zipTrees<NdArray, NdArray, NdArray>(params, fresh, (a, b) => plusScaled(a, b, perturb)),
    modelState: state.modelState,
    optimizer: mapTree<NdArray, NdArray>(state.optimizer, (leaf, path) =>
      isCount(path) ? leaf : scaled(leaf, factors.moments),
    ),
  };
}

/** Whether a leaf of an optimizer's state counts steps instead of holding a moment. */
function isCount(path: string): boolean {
  return path === 'count' || path.endsWith('/count');
}

function scaled(leaf: NdArray, factor: number): NdArray {
  return {...leaf, data: (leaf.data as Float32Array).map((value) => value * factor)};
}

function plusScaled(a: NdArray, b: NdArray, factor: number): NdArray {
  return {...a, data: (a.data as Float32Array).map((value, i) => value + factor * b.data[i]!)};
}

/** Whether every parameter is a finite number. */
export function allFinite(params: Tree<NdArray>): boolean {
  return leavesOf<NdArray>(params).every(({value}) => (value.data as Float32Array).every(Number.isFinite));
}

/**
 * Checks a re-initialisation in the state read back from the engine.
 * @throws Error saying which check failed: a value of the optimizer that is not 0, or parameters that did not change
 */
export function verifyReinitialised(before: TrainState<NdArray>, after: TrainState<NdArray>): void {
  const left = leavesOf<NdArray>(after.optimizer).find(({value}) =>
    (value.data as Float32Array).some((moment) => moment !== 0),
  );
  if (left) throw new Error(`reset by reinit failed: the optimizer's '${left.path}' is not all 0 after it`);
  const changed = leavesOf<boolean>(
    zipTrees<NdArray, NdArray, boolean>(before.params, after.params, (a, b) =>
      a.data.some((value, i) => !(Math.abs(value - b.data[i]!) <= 1e-9)),
    ),
  ).some(({value}) => value);
  if (!changed) throw new Error('reset by reinit failed: no parameter differs by more than 1e-9 from before');
}

/**
 * Checks in the state read back from the engine that the largest tensor of the parameters and the largest of the moments
 * really are the old ones times their factors (and perturbed as asked), within float32 rounding.
 * @throws Error naming the tensor that is not
 */
export function verifyMultiplied(
  before: TrainState<NdArray>,
  after: TrainState<NdArray>,
  {factors, perturb, fresh}: Multiplication,
): void {
  const [path, old] = largestLeaf(before.params);
  const share = leafAt(fresh, path);
  requireSame(`params '${path}'`, leafAt(after.params, path), (i) => [
    factors.params * old.data[i]!,
    perturb * share.data[i]!,
  ]);
  if (leavesOf<NdArray>(before.optimizer).length === 0) return;
  const [moment, oldMoment] = largestLeaf(before.optimizer);
  requireSame(`moment '${moment}'`, leafAt(after.optimizer, moment), (i) => [factors.moments * oldMoment.data[i]!]);
}

function largestLeaf(tree: Tree<NdArray>): [path: string, leaf: NdArray] {
  const largest = leavesOf<NdArray>(tree).reduce((a, b) => (b.value.data.length > a.value.data.length ? b : a));
  return [largest.path, largest.value];
}

function leafAt(tree: Tree<NdArray>, path: string): NdArray {
  const leaf = leavesOf<NdArray>(tree).find((candidate) => candidate.path === path);
  if (!leaf) throw new Error(`there is no '${path}' in the tree`);
  return leaf.value;
}

/** Compares with the sum of `terms(i)`; the tolerance grows with the terms, since they may cancel. */
function requireSame(name: string, found: NdArray, terms: (index: number) => number[]): void {
  found.data.forEach((value, i) => {
    const parts = terms(i);
    const expected = parts.reduce((sum, part) => sum + part, 0);
    const tolerance = 2 ** -22 * parts.reduce((sum, part) => sum + Math.abs(part), 0) + 2 ** -149;
    if (!(Math.abs(value - expected) <= tolerance)) {
      throw new Error(`reset by multiply failed: ${name} is ${value} at index ${i} where ${expected} was to be`);
    }
  });
}
