import {beforeEach, describe, expect, test} from 'vitest';
import {
  full,
  mapTree,
  type NdArray,
  type ParameterType,
  type Tensor,
  type Tree,
  zeros,
  zipTrees,
} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {
  adamw,
  addDecayedWeights,
  applyUpdates,
  chain,
  type GradientTransformation,
  isOfType,
  masked,
  nadamw,
  scaleByAdam,
  scaleByLearningRate,
  sgd,
  takeStep,
  trace,
} from '../../src/optimizers/index.js';
import golden from '../golden/optimizers.json' with {type: 'json'};
import {expectGoldenSteps} from '../helpers/optimizer-steps.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

const array = (...values: number[]): NdArray => ({
  shape: [values.length],
  dtype: 'float32',
  data: Float32Array.from(values),
});

type Params = {readonly [name: string]: NdArray};

interface Steps {
  readonly optimizer: GradientTransformation;
  readonly params: Params;
  readonly gradients: Params;
  readonly learningRate?: number;
  readonly paramTypes?: Tree<ParameterType>;
  readonly steps?: number;
}

/** Takes steps with the same gradients. @returns parameters and state after them */
function afterSteps({optimizer, params, gradients, learningRate = 0.1, paramTypes, steps = 1}: Steps) {
  const program = compile(
    {params, modelState: {}, optimizer: optimizer.init(params, paramTypes)},
    {
      step: (state, inputs) => {
        const given = {gradients: inputs.gradients, state: state.optimizer, params: state.params};
        const next = takeStep(optimizer, given, {...inputs, paramTypes} as never);
        return {state: {...state, params: next.params, optimizer: next.state}, outputs: {}};
      },
    },
  );
  for (let step = 0; step < steps; step++) program.run('step', {gradients, learningRate, step});
  const {params: found, optimizer: state} = program.read();
  program.dispose();
  return {params: found as Params, state: state as {readonly [name: string]: Tree<NdArray>}};
}

const all = () => true;

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeEach(() => openEngine(backend));

  test.each([
    ['adamw', adamw],
    ['nadamw', nadamw],
  ] as const)(`%s link by link, its fused form unrecognised, agrees with ${golden.madeBy}`, (name, make) => {
    const optimizer = make({...golden.options, mask: all});
    expect(optimizer.parts).toBeUndefined();
    expectGoldenSteps(optimizer, golden.after[name]);
  });

  test('a mask by type leaves the updates of the others as they are, and keeps nothing for them', () => {
    const params = {a: array(1, 2), b: array(3), c: array(4)};
    const paramTypes = {a: 'weight', b: 'bias', c: 'batch_norm_scale'} as const;
    const optimizer = chain(masked(trace({decay: 0.5}), isOfType('weight', 'bias')), scaleByLearningRate());
    const gradients = {a: array(1, 1), b: array(2), c: array(4)};
    const {params: after, state} = afterSteps({optimizer, params, gradients, paramTypes, learningRate: 1, steps: 2});
    // Sums 1 and 1.5 for `a`, twice that for `b`; `c` follows its gradient.
    expect(after).toEqual({a: array(1 - 2.5, 2 - 2.5), b: array(3 - 5), c: array(4 - 8)});
    expect(state).toEqual({trace: {a: array(1.5, 1.5), b: array(3)}});
  });

  test('a mask that chooses nothing, or of whole branches, is one', () => {
    const nested = {layer: {kernel: array(1)}, head: {kernel: array(1)}} as unknown as Params;
    const gradients = mapTree<NdArray, NdArray>(nested, () => array(0)) as Params;
    const of = (name: string) => addDecayedWeights(0.5, ({path}) => path.startsWith(name));
    const optimizer = chain(of('head'), of('nowhere'), scaleByLearningRate());
    const {params} = afterSteps({optimizer, params: nested, gradients, learningRate: 1});
    expect(params).toEqual({layer: {kernel: array(1)}, head: {kernel: array(0.5)}});
  });

  test('a transformation gets the step where the entry does', () => {
    const byStep: GradientTransformation = {
      init: () => ({}),
      resets: {},
      update: (updates, state, _, {step}) => ({
        updates: mapTree<Tensor, Tensor>(updates, (update) => tf.mul(update, tf.add(step!, 1))),
        state,
      }),
    };
    const optimizer = chain(byStep, scaleByLearningRate());
    const found = afterSteps({optimizer, params: {w: array(0)}, gradients: {w: array(1)}, learningRate: 1, steps: 3});
    expect(found.params).toEqual({w: array(-6)});
  });

  test('a masked transformation takes gradients at other parameters for its own', () => {
    const atOther: GradientTransformation = {
      ...scaleByLearningRate(),
      update: (_, state, params, {gradientsAt}) => ({updates: gradientsAt!(params), state}),
    };
    const optimizer = masked(atOther, ({path}) => path === 'a');
    const program = compile(
      {params: {a: array(2), b: array(5)}, modelState: {}, optimizer: {}},
      {
        step: (state, {gradients, learningRate}) => {
          const gradientsAt = (at: Tree<Tensor>) => mapTree<Tensor, Tensor>(at, (leaf) => tf.square(leaf));
          const given = {gradients, state: state.optimizer, params: state.params};
          const next = takeStep(optimizer, given, {learningRate, gradientsAt});
          return {state: {...state, params: next.params}, outputs: {}};
        },
      },
    );
    program.run('step', {gradients: {a: array(1), b: array(1)}, learningRate: 1});
    expect(program.read().params).toEqual({a: array(6), b: array(6)});
    program.dispose();
  });

  test('evalParams of a chain are those of its links, each given its own state', () => {
    const optimizer = chain(sgd({momentum: 0.5, weightDecay: 0}), masked(averaged(0.5), isOfType('weight')));
    const params = {w: array(8), b: array(8)};
    const paramTypes = {w: 'weight', b: 'bias'} as const;
    const gradients = {w: array(4), b: array(4)};
    const {state, params: after} = afterSteps({optimizer, params, gradients, paramTypes, learningRate: 1});
    expect(after).toEqual({w: array(4), b: array(4)});
    const tensors = (tree: Tree<NdArray>) =>
      mapTree<NdArray, Tensor>(tree, ({data, shape, dtype}) => tf.tensor(data, [...shape], dtype));
    const evaluated = tf.tidy(
      () =>
        mapTree<Tensor, number>(
          optimizer.evalParams!(tensors(state), tensors(after), paramTypes),
          (tensor) => tensor.dataSync()[0]!,
        ) as never,
    );
    // Halfway from 8 to 4 for what is averaged.
    expect(evaluated).toEqual({w: 6, b: 4});
  });
});

/** Keeps an average of the parameters, which is evaluated. */
function averaged(decay: number): GradientTransformation {
  return {
    init: (params) => ({average: params}),
    resets: {average: 'init'},
    update(updates, state, params) {
      const {average} = state as {average: Tree<Tensor>};
      const next = zipTrees<Tensor, Tensor, Tensor>(average, applyUpdates(params, updates), (old, param) =>
        tf.add(tf.mul(old, decay), tf.mul(param, 1 - decay)),
      );
      return {updates, state: {average: next}};
    },
    evalParams: (state) => (state as {average: Tree<Tensor>}).average,
  };
}

test('states lie side by side, under their names', () => {
  const params = {w: zeros([2])};
  const optimizer = chain(scaleByAdam({b1: 0.9, b2: 0.99}), trace({decay: 0.5}), scaleByLearningRate());
  expect(optimizer.init(params)).toEqual({count: full([], 0), mu: params, nu: params, trace: params});
  expect(optimizer.resets).toEqual({count: 'keep', mu: 'scale', nu: 'scale', trace: 'scale'});
  expect(optimizer.evalParams).toBeUndefined();
});

test('two states of one name are refused', () => {
  expect(() => chain(trace({decay: 0.5}), trace({decay: 0.9}))).toThrow(
    new RangeError("chain: names of states must differ, got two transformations with 'trace'"),
  );
});

test('long steps are those of the one transformation that has such', () => {
  const everyThird = {...scaleByLearningRate(), isLongStep: (count: number) => count % 3 === 0};
  const {isLongStep} = chain(trace({decay: 0.5}), masked(everyThird, all));
  expect([0, 1, 2, 3].map((count) => isLongStep!(count))).toEqual([true, false, false, true]);
  expect(chain(trace({decay: 0.5})).isLongStep).toBeUndefined();
  expect(() => chain(everyThird, everyThird)).toThrow(
    new RangeError('chain: one transformation may have long steps, got 2 with isLongStep'),
  );
});

test('a state that no reset knows is refused', () => {
  const undeclared = {...averaged(0.5), resets: {}};
  expect(() => chain(undeclared).init({w: zeros([1])})).toThrow(
    new RangeError('chain: transformation 1: resets must name what init keeps, [average], got []'),
  );
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['a promise', Promise.resolve({})],
  ['null', null],
])('an init that gives %s is refused', (found, state) => {
  const wrong = {...scaleByLearningRate(), init: () => state as never, resets: {}};
  expect(() => chain(trace({decay: 0.5}), wrong).init({w: zeros([1])})).toThrow(
    new RangeError(`chain: transformation 2: init must return trees of arrays by name, {} for none; found ${found}`),
  );
});

test.each<[string, unknown]>([
  ['undefined', undefined],
  ['a promise', Promise.resolve({})],
  ['an object', {state: {}}],
])('an update that gives %s is refused', (found, given) => {
  const wrong: GradientTransformation = {init: () => ({}), resets: {}, update: () => given as never};
  const inputs = {gradients: {}, state: {}, params: {}};
  const context = {learningRate: tf.scalar(1) as Tensor};
  const message = `update must return {updates, state}; found ${found}`;
  expect(() => chain(wrong).update({}, {}, {}, context)).toThrow(new RangeError(`chain: transformation 1: ${message}`));
  expect(() => masked(wrong, () => true).update({}, {}, {}, context)).toThrow(new RangeError(`masked: ${message}`));
  expect(() => takeStep(wrong, inputs, context)).toThrow(new RangeError(`optimizer: ${message}`));
});

test.each<[string, unknown]>([
  ['a promise', Promise.resolve(true)],
  ['"kernel"', 'kernel'],
])('a mask that gives %s is refused', (found, answer) => {
  expect(() => masked(trace({decay: 0.5}), () => answer as never).init({w: zeros([1])})).toThrow(
    new RangeError(`a mask must give true or false for 'w'; found ${found}`),
  );
});

test('a decay that is none is refused', () => {
  expect(() => trace({decay: 1})).toThrow(new RangeError('trace: decay must be a number in [0, 1), got 1'));
});
