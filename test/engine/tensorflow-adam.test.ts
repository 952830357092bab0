import {beforeAll, describe, expect, test} from 'vitest';
import type {Tensor} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import {attributeKinds} from '../../src/engine/tensorflow/binding.js';
import {hasOwnAddon} from '../../src/native/candidates.js';
import {
  adamw,
  addDecayedWeights,
  chain,
  type GradientTransformation,
  isKernel,
  scaleByAdam,
  scaleByLearningRate,
  takeStep,
} from '../../src/optimizers/index.js';
import {executedInProcess, processors} from '../helpers/addon.js';
import {random} from '../helpers/models.js';
import {onTensorflow, operationsOf} from '../helpers/tensorflow.js';

interface Options {
  readonly count: number;
  readonly rate: number;
  readonly b1: number;
  readonly b2: number;
  readonly eps: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
}

const moments = {b1: 0.9, b2: 0.99, eps: 1e-8};

const constants = {...moments, weightDecay: 0.1};

const usual: Options = {...constants, count: 7, rate: 0.01, nesterov: false};

type Slots = readonly [param: Float32Array, mu: Float32Array, nu: Float32Array, gradient: Float32Array];

/** The formula in float64, from the options as float32 has them. */
function exactly([param, mu, nu, gradient]: Slots, options: Options): Float64Array[] {
  const [rate, b1, b2, eps, decay] = ['rate', 'b1', 'b2', 'eps', 'weightDecay'].map((name) =>
    Math.fround(options[name as 'rate']),
  ) as [number, number, number, number, number];
  const next = [param, mu, nu].map((values) => new Float64Array(values.length));
  for (let i = 0; i < param.length; i++) {
    const g = gradient[i]!;
    const m = b1 * mu[i]! + (1 - b1) * g;
    const v = b2 * nu[i]! + (1 - b2) * g * g;
    const u = options.nesterov ? b1 * m + (1 - b1) * g : m;
    const change = u / (1 - b1 ** options.count) / (Math.sqrt(v / (1 - b2 ** options.count)) + eps);
    next[0]![i] = (1 - rate * decay) * param[i]! - rate * change;
    next[1]![i] = m;
    next[2]![i] = v;
  }
  return next;
}

/** Parameters of several sizes, enough for parts for several threads, and among them what estimates of roots are not good for. */
function parameters(): Slots[] {
  const ofSize = (size: number, seed: number): Slots => {
    const [param, mu, squares, gradient] = [1, 2, 3, 4].map((i) => random([size], seed * i).data as Float32Array);
    return [param!, mu!, squares!.map((value) => value * value), gradient!];
  };
  const special = ofSize(48, 5);
  for (const [i, gradient] of [0, 1e-20, -1e-16, 1e-10, 1e10, 1e14].entries()) {
    special[3][i * 7] = gradient;
    for (const slot of [1, 2]) special[slot]![i * 7] = 0;
  }
  return [ofSize(1, 1), ofSize(15, 2), ofSize(40_003, 3), special];
}

/** The update of all parameters, made in a process of its own. @returns next_params, next_mu and next_nu, one after the other */
function updatedInProcess(slots: readonly Slots[], options: Options, env: NodeJS.ProcessEnv): Float32Array[] {
  const inputs = [0, 1, 2, 3].flatMap((slot) =>
    slots.map((each) => ({shape: [each[slot]!.length], data: each[slot]!})),
  );
  const numbers = [options.count, options.rate].map((value) => ({shape: [], data: Float32Array.of(value)}));
  const attributes = attributesOf(slots.length, options);
  const call = {op: 'AdamWUpdate', attributes, inputs: [...inputs, ...numbers], outputs: 3 * slots.length};
  return executedInProcess([call], env)[0]!;
}

const attributesOf = (n: number, {b1, b2, eps, weightDecay, nesterov}: Options) => [
  {name: 'N', type: attributeKinds.int, value: n},
  ...Object.entries({b1, b2, eps, weight_decay: weightDecay}).map(([name, value]) => {
    return {name, type: attributeKinds.float, value};
  }),
  {name: 'nesterov', type: attributeKinds.bool, value: nesterov},
];

describe.skipIf(!hasOwnAddon())(onTensorflow('an update by AdamW as an operation of the addon'), () => {
  beforeAll(() => openEngine('tensorflow'));

  test.each<[string, Partial<Options>, NodeJS.ProcessEnv]>([
    ['as usual', {}, {}],
    ['with Nesterov momentum', {nesterov: true}, {}],
    ['at the first step', {count: 1}, {}],
    ['late, with slow decays', {count: 1e6, b1: 0.999999, b2: 0.9999999}, {}],
    ['without moments', {b1: 0, b2: 0}, {}],
    ['without weight decay', {weightDecay: 0, eps: 1e-3}, {}],
    ['with everything added to the root', {eps: 1e38}, {}],
    ['on a processor without AVX-512', {nesterov: true}, {ONEDNN_MAX_CPU_ISA: 'AVX2'}],
  ])('is that of the formula: %s', (_, given, env) => {
    const options = {...usual, ...given};
    const slots = parameters();
    const results = updatedInProcess(slots, options, env);
    for (const [i, each] of slots.entries()) {
      for (const [slot, expected] of exactly(each, options).entries()) {
        const found = results[slot * slots.length + i]!;
        const worst = expected.reduce((most, value, at) => {
          // Of a difference the terms' size counts: each of a handful of roundings is 2^-24 of it. What is below 2^-126 may be 0.
          const size = Math.max(Math.abs(value), Math.abs(each[slot]![at]!), slot === 0 ? options.rate : 0);
          return Math.max(most, Math.abs(found[at]! - value) / (8 * 2 ** -24 * size + 2 ** -126));
        }, 0);
        expect(worst).toBeLessThanOrEqual(1);
      }
    }
  });

  test('only decays what has had no gradients, also where next to nothing is added to the root', () => {
    const [ones, zeros] = [new Float32Array(17).fill(1), new Float32Array(17)];
    const results = updatedInProcess([[ones, zeros, zeros, zeros]], {...usual, count: 1, eps: 1e-40}, {});
    expect(results).toEqual([new Float32Array(17).fill(0.999), zeros, zeros]);
  });

  test('has the same bits, however many threads there are', () => {
    const [alone, ...shared] = ['1', '2', '7'].map((threads) =>
      updatedInProcess(parameters(), usual, {ALGOPERF_TS_THREADS: threads}),
    );
    for (const results of shared) expect(results).toEqual(alone);
  });

  /** The operations of an update of one parameter of so many elements. */
  function operationsFor(size: number, optimizer = adamw(constants)): string[] {
    return operationsOf(() => tf.tidy(() => void stepOf(size, optimizer)));
  }

  function stepOf(size: number, optimizer: GradientTransformation, mu = size) {
    const tree = (length: number) => ({w: tf.zeros([length]) as Tensor});
    const state = {count: tf.scalar(0) as Tensor, mu: tree(mu), nu: tree(size)};
    const inputs = {gradients: tree(size), state, params: tree(size)};
    return takeStep(optimizer, inputs, {learningRate: tf.scalar(0.1)});
  }

  test.each([
    [2 ** 19, 1],
    [2 ** 19 + 1, 2],
  ])('of two parameters of %i elements is made of %i operations', (size, count) => {
    const tree = () => ({a: tf.zeros([size]) as Tensor, b: tf.zeros([size]) as Tensor});
    const used = operationsOf(() =>
      tf.tidy(() => {
        const state = {count: tf.scalar(0) as Tensor, mu: tree(), nu: tree()};
        void takeStep(adamw(constants), {gradients: tree(), state, params: tree()}, {learningRate: tf.scalar(0.1)});
      }),
    );
    expect(used.filter((operation) => operation === 'AdamWUpdate')).toHaveLength(count);
  });

  test.each(processors)('has the same bits for a parameter that is larger than the caches, with %s', (_, env) => {
    const small = parameters()[2]!;
    const [length, size] = [small[0].length, 2 ** 20 + 5];
    const large = small.map((values) => Float32Array.from({length: size}, (_, i) => values[i % length]!));
    const [next] = [updatedInProcess([large as never], {...usual, nesterov: true}, env)];
    const expected = updatedInProcess([small], {...usual, nesterov: true}, env);
    for (const [slot, values] of next.entries()) {
      expect(values.subarray(0, length - 16)).toEqual(expected[slot]!.subarray(0, length - 16));
      expect(values.subarray(length, 2 * length - 16)).toEqual(expected[slot]!.subarray(0, length - 16));
    }
  });

  test('is for chains that are AdamW link by link, and for no others', () => {
    expect(operationsFor(9)).toContain('AdamWUpdate');
    expect(operationsFor(9, adamw({...constants, mask: isKernel}))).not.toContain('AdamWUpdate');
    expect(operationsFor(9, chain(scaleByAdam(moments), scaleByLearningRate()))).toContain('AdamWUpdate');
    const l2 = chain(addDecayedWeights(0.1), scaleByAdam(moments), scaleByLearningRate());
    expect(operationsFor(9, l2)).not.toContain('AdamWUpdate');
  });

  test('is refused where a moment is of another shape', () => {
    const step = () => tf.tidy(() => void stepOf(3, adamw(constants), 4));
    expect(step).toThrow('parameter, moments and gradient must be of one shape');
  });
});
