import {describe, expect, test} from 'vitest';
import {full, mapTree, type NdArray, type TrainState, type Tree, zeros} from '../../src/contract/index.js';
import {adamw, sgd} from '../../src/optimizers/index.js';
import {
  allFinite,
  multiplied,
  multipliedCheck,
  nearnessToTarget,
  reinitialised,
  reinitialisedCheck,
} from '../../src/submissions/cyclic/reset.js';

const array = (...values: number[]): NdArray => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});
const state: TrainState<NdArray> = {
  params: {kernel: array(1, -2, 3.3), bias: array(0.1)},
  modelState: {mean: array(5)},
  optimizer: {
    count: full([], 7),
    mu: {kernel: array(0.5, 0.25, -1), bias: array(2)},
    nu: {kernel: array(1, 1, 1), bias: array(4)},
  },
};
const fresh = {params: {kernel: array(9, 8, 7), bias: array(0)}, modelState: {mean: array(0)}};
const {init, resets} = adamw({b1: 0.9, b2: 0.99, weightDecay: 0});
const adam = {init: (params: Tree<NdArray>) => init(params), resets};
const halves = {factors: {params: 0.5, moments: 0.25}, optimizer: adam};

describe('nearnessToTarget', () => {
  test.each([
    [0.485, 0.97, 'maximize', 0.5],
    [0.99, 0.97, 'maximize', 1],
    [-1, 0.97, 'maximize', 0],
    [0.2, 0.1, 'minimize', 0.5],
    [0.05, 0.1, 'minimize', 1],
    [Number.NaN, 0.97, 'maximize', 0],
  ] as const)('of %d to %d, %s, is %d', (metric, target, goal, nearness) => {
    expect(nearnessToTarget(metric, target, goal)).toBe(nearness);
  });
});

describe('reinit', () => {
  const after = reinitialised(fresh, adam);

  test('gives fresh parameters and model state and an optimizer of zeros', () => {
    expect(after.params).toBe(fresh.params);
    expect(after.modelState).toBe(fresh.modelState);
    expect(after.optimizer).toEqual({
      count: zeros([]),
      mu: {kernel: zeros([3]), bias: zeros([1])},
      nu: {kernel: zeros([3]), bias: zeros([1])},
    });
    reinitialisedCheck(state.params, fresh.params, adam)(after);
  });

  test('may leave parameters as they were, but not all', () => {
    const params = {kernel: array(1, -2, 7), bias: array(0.1)};
    expect(() => reinitialisedCheck(state.params, params, adam)({...after, params})).not.toThrow();
  });

  test('is refused if a moment is left', () => {
    const left = {
      ...after,
      optimizer: {...(after.optimizer as object), nu: {kernel: array(0, 0, 1e-30), bias: zeros([1])}},
    };
    expect(() => reinitialisedCheck(state.params, fresh.params, adam)(left)).toThrow(
      "reset by reinit failed: the optimizer's 'nu/kernel' is not as init makes it",
    );
  });

  test('is refused if a parameter is another than the fresh one', () => {
    const params = {kernel: array(9, 8, 7), bias: array(1e-30)};
    expect(() => reinitialisedCheck(state.params, fresh.params, adam)({...after, params})).toThrow(
      "reset by reinit failed: the parameters' 'bias' is not as init makes it",
    );
  });

  test('is refused if no parameter changed', () => {
    expect(() => reinitialisedCheck(state.params, state.params, adam)({...after, params: state.params})).toThrow(
      'no parameter differs by more than 1e-9',
    );
  });
});

describe('multiply', () => {
  test('scales parameters and moments, and leaves the count and the model state', () => {
    const after = multiplied(state, halves);
    expect(after.params).toEqual({kernel: array(0.5, -1, 1.65), bias: array(0.05)});
    expect(after.optimizer).toEqual({
      count: full([], 7),
      mu: {kernel: array(0.125, 0.0625, -0.25), bias: array(0.5)},
      nu: {kernel: array(0.25, 0.25, 0.25), bias: array(1)},
    });
    expect(after.modelState).toBe(state.modelState);
    multipliedCheck(state, halves)(after);
  });

  test('perturbs with a share of a fresh initialisation', () => {
    const perturbed = {...halves, perturbation: {share: 0.5, fresh: fresh.params}};
    const after = multiplied(state, perturbed);
    expect(after.params).toEqual({kernel: array(5, 3, 5.15), bias: array(0.05)});
    multipliedCheck(state, perturbed)(after);
  });

  test('scales the parameters alone where the optimizer keeps nothing', () => {
    const bare = {...state, optimizer: {}};
    const {init, resets} = sgd({weightDecay: 0});
    const given = {...halves, optimizer: {init, resets}};
    const after = multiplied(bare, given);
    expect(after.optimizer).toEqual({});
    multipliedCheck(bare, given)(after);
    expect(() => multipliedCheck(bare, given)({...after, params: state.params})).toThrow("params 'kernel'");
  });

  test('does to each part of the state what the optimizer says, whatever its name', () => {
    const optimizer = {
      init: (params: Tree<NdArray>) => ({count: params, average: params, steps: zeros([])}),
      resets: {count: 'scale', average: 'init', steps: 'keep'} as const,
    };
    const given = {...halves, optimizer};
    const before = {...state, optimizer: {count: state.params, average: state.params, steps: full([], 7)}};
    const after = multiplied(before, given);
    const quarter = mapTree<NdArray, NdArray>(state.params, ({data, ...form}) => {
      return {...form, data: (data as Float32Array).map((value) => value / 4)};
    });
    expect(after.optimizer).toEqual({count: quarter, average: after.params, steps: full([], 7)});
    multipliedCheck(before, given)(after);
    const unmade = {...after, optimizer: {...(after.optimizer as object), average: state.params}};
    expect(() => multipliedCheck(before, given)(unmade)).toThrow(
      "reset by multiply failed: the optimizer's 'average/kernel' is not as init makes it",
    );
  });

  test.each([
    ["params 'kernel'", {params: {kernel: array(0.5, -1, 1.6500005), bias: array(0.05)}}],
    ["moment 'mu/kernel'", {optimizer: state.optimizer}],
  ])('is refused if %s is not the old tensor times its factor', (name, wrong) => {
    expect(() => multipliedCheck(state, halves)({...multiplied(state, halves), ...wrong})).toThrow(
      `reset by multiply failed: ${name}`,
    );
  });
});

test('allFinite finds a NaN and an infinity', () => {
  expect(allFinite(state.params)).toBe(true);
  expect(allFinite({a: array(1), b: {c: array(0, Number.NaN)}})).toBe(false);
  expect(allFinite({a: array(Number.NEGATIVE_INFINITY)})).toBe(false);
});
