import {leavesOf, mapTree, type NdArray, sizeOf, type TrainState, type Tree, zipTrees} from '../../contract/index.js';
import type {ResetRule} from '../../optimizers/index.js';

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

/** What a reset has to know of the optimizer. */
export interface ResetOptimizer {
  /** Its state before the first step, by name. */
  init(params: Tree<NdArray>): {readonly [name: string]: Tree<NdArray>};
  /** What happens to each name of the state when the moments are scaled. */
  readonly resets: {readonly [name: string]: ResetRule};
}

/** The state with fresh parameters and model state and an optimizer that has seen nothing. */
export function reinitialised(
  fresh: Omit<TrainState<NdArray>, 'optimizer'>,
  optimizer: ResetOptimizer,
): TrainState<NdArray> {
  return {...fresh, optimizer: optimizer.init(fresh.params)};
}

/** What a multiplying reset was asked to do. */
export interface Multiplication {
  readonly factors: ResetFactors;
  /** A fresh initialisation, of which a share is added; undefined: none is. */
  readonly perturbation?: {readonly share: number; readonly fresh: Tree<NdArray>} | undefined;
  readonly optimizer: ResetOptimizer;
}

/**
 * The state with the moments scaled by `factors.moments` and the parameters by `factors.params`, plus a share of a
 * fresh initialisation where one is to perturb them. What the optimizer's `resets` say is kept or made again is; the model state stays. An array is computed when
 * its `data` is asked for, of the old array in its own place alone: a state that is replaced leaf by leaf need not fit into memory twice.
 * @see {@link https://arxiv.org/abs/1910.08475 | Ash & Adams 2020}, shrink and perturb
 */
export function multiplied(
  state: TrainState<NdArray>,
  {factors, perturbation, optimizer}: Multiplication,
): TrainState<NdArray> {
  const smaller = mapTree<NdArray, NdArray>(state.params, (leaf) => scaled(leaf, factors.params));
  const params = perturbation === undefined ? smaller : perturbed(smaller, perturbation);
  const made = optimizer.init(params);
  const rules: {readonly [rule in ResetRule]: (name: string, tree: Tree<NdArray>) => Tree<NdArray>} = {
    scale: (_, tree) => mapTree<NdArray, NdArray>(tree, (leaf) => scaled(leaf, factors.moments)),
    keep: (_, tree) => tree,
    // Taken out now: it may be made of the parameters, which are replaced before it.
    init: (name) => mapTree<NdArray, NdArray>(made[name]!, (leaf) => ({...leaf})),
  };
  const next = Object.entries(state.optimizer as ReturnType<ResetOptimizer['init']>).map(([name, tree]) => [
    name,
    rules[optimizer.resets[name]!](name, tree),
  ]);
  return {params, modelState: state.modelState, optimizer: Object.fromEntries(next)};
}

function scaled(leaf: NdArray, factor: number): NdArray {
  return computed(leaf, () => {
    const values = Float32Array.from(leaf.data);
    for (let i = 0; i < values.length; i++) values[i]! *= factor;
    return values;
  });
}

function perturbed(params: Tree<NdArray>, {share, fresh}: NonNullable<Multiplication['perturbation']>): Tree<NdArray> {
  return zipTrees<NdArray, NdArray, NdArray>(params, fresh, (a, b) => plusScaled(a, b, share));
}

function plusScaled(a: NdArray, {data}: NdArray, factor: number): NdArray {
  return computed(a, () => {
    const values = Float32Array.from(a.data);
    for (let i = 0; i < values.length; i++) values[i]! += factor * data[i]!;
    return values;
  });
}

/** An array of the form of another one, whose values are computed each time they are asked for. */
function computed({shape, dtype}: NdArray, values: () => Float32Array): NdArray {
  return {
    shape,
    dtype,
    get data() {
      return values();
    },
  };
}

/** Whether every parameter is a finite number. */
export function allFinite(params: Tree<NdArray>): boolean {
  return leavesOf<NdArray>(params).every(({value: {data}}) => {
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return false;
    return true;
  });
}

/** Looks at the state that the engine gives back after a reset. @throws Error saying which check failed */
export type ResetCheck = (after: TrainState<NdArray>) => void;

/**
 * Checks a re-initialisation: every value of the optimizer has to be as `init` makes it (a moment is 0), the parameters have to be the
 * fresh ones, and one of these at least another than before.
 * @param before - looked at before this returns
 */
export function reinitialisedCheck(before: Tree<NdArray>, fresh: Tree<NdArray>, optimizer: ResetOptimizer): ResetCheck {
  let isChanged = false;
  zipTrees<NdArray, NdArray, void>(before, fresh, (a, b) => {
    isChanged ||= a.data.some((value, i) => !(Math.abs(value - b.data[i]!) <= 1e-9));
  });
  return (after) => {
    requireEqual("reset by reinit failed: the optimizer's", after.optimizer, optimizer.init(after.params));
    requireEqual("reset by reinit failed: the parameters'", after.params, fresh);
    if (!isChanged) throw new Error('reset by reinit failed: no parameter differs by more than 1e-9 from before');
  };
}

/**
 * Checks that the largest tensor of the parameters and the largest of the moments really are the old ones times their factors (and
 * perturbed as asked), within float32 rounding. The error names the tensor that is not.
 * @param before - looked at before this returns
 */
export function multipliedCheck(
  before: TrainState<NdArray>,
  {factors, perturbation, optimizer}: Multiplication,
): ResetCheck {
  const [path, {data: old}] = largestLeaf(before.params);
  const added = perturbation && leafAt(perturbation.fresh, path).data;
  const moments = ofRule(before.optimizer, optimizer, 'scale');
  const largest = leavesOf<NdArray>(moments).length === 0 ? undefined : largestLeaf(moments);
  const oldMoment = largest?.[1].data;
  return (after) => {
    requireSame(`params '${path}'`, leafAt(after.params, path), (i) => [
      factors.params * old[i]!,
      added === undefined ? 0 : perturbation!.share * added[i]!,
    ]);
    const made = ofRule(optimizer.init(after.params), optimizer, 'init');
    requireEqual("reset by multiply failed: the optimizer's", ofRule(after.optimizer, optimizer, 'init'), made);
    if (!largest) return;
    requireSame(`moment '${largest[0]}'`, leafAt(after.optimizer, largest[0]), (i) => [
      factors.moments * oldMoment![i]!,
    ]);
  };
}

/** The part of an optimizer's state that a rule is for. */
function ofRule(state: Tree<NdArray>, {resets}: ResetOptimizer, rule: ResetRule): Tree<NdArray> {
  return Object.fromEntries(
    Object.entries(state as ReturnType<ResetOptimizer['init']>).filter(([name]) => resets[name] === rule),
  );
}

/** @throws Error naming the first tensor that is not what `init` gives */
function requireEqual(failure: string, found: Tree<NdArray>, made: Tree<NdArray>): void {
  zipTrees<NdArray, NdArray, void>(found, made, (a, {data}, path) => {
    if (!haveSameValues(a.data, data)) throw new Error(`${failure} '${path}' is not as init makes it`);
  });
}

function haveSameValues(a: NdArray['data'], b: NdArray['data']): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Found by its shape: the values of a large state's leaves are copied whenever they are asked for. */
function largestLeaf(tree: Tree<NdArray>): [path: string, leaf: NdArray] {
  const largest = leavesOf<NdArray>(tree).reduce((a, b) => (sizeOf(b.value.shape) > sizeOf(a.value.shape) ? b : a));
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
