import {beforeEach, describe, expect, test} from 'vitest';
import {leavesOf, type NdArray, type Tensor, type Tree, zeros} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {adamw, nadamw, takeStep} from '../../src/optimizers/index.js';
import golden from '../golden/optimizers.json' with {type: 'json'};
import {expectGoldenSteps} from '../helpers/optimizer-steps.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

describe.each(['wasm', 'cpu', ...(hasTensorflow ? ['tensorflow'] : [])])('on %s', (backend) => {
  beforeEach(() => openEngine(backend));

  test.each([
    ['adamw', adamw],
    ['nadamw', nadamw],
  ] as const)(`%s agrees with ${golden.madeBy} over 20 steps`, (name, make) => {
    expectGoldenSteps(make(golden.options), golden.after[name]);
  });

  // From 0 a first step without weight decay is the rate itself: nothing else hides an error of the bias corrections.
  test.each([
    ['adamw', adamw, 1],
    ['nadamw', nadamw, 1.999],
  ])('%s corrects the bias of its first step in full precision', (_, make, factor) => {
    const optimizer = make({b1: 0.999, b2: 0.9999, weightDecay: 0});
    const params = {x: zeros([2])};
    const program = compile(
      {params, modelState: {}, optimizer: optimizer.init(params)},
      {
        step: (state, {gradients, learningRate}) => {
          const inputs = {gradients, state: state.optimizer, params: state.params};
          const next = takeStep(optimizer, inputs, {learningRate});
          return {state: {...state, params: next.params, optimizer: next.state}, outputs: {}};
        },
      },
    );
    program.run('step', {
      gradients: {x: {shape: [2], dtype: 'float32', data: Float32Array.of(5, -0.3)}},
      learningRate: 0.01,
    });
    const state = program.read();
    const [first, second] = (state.params as {x: NdArray}).x.data;
    expect(Math.abs(first! / (-0.01 * factor) - 1)).toBeLessThan(1e-6);
    expect(Math.abs(second! / (0.01 * factor) - 1)).toBeLessThan(1e-6);
    expect((state.optimizer as {count: NdArray}).count).toEqual({
      shape: [],
      dtype: 'float32',
      data: Float32Array.of(1),
    });
    program.dispose();
  });

  test.each([
    ['adamw', adamw],
    ['nadamw', nadamw],
  ])('%s runs down a parabola', (_, make) => {
    const optimizer = make({b1: 0.9, b2: 0.99, weightDecay: 0});
    const params = {x: {shape: [2], dtype: 'float32', data: Float32Array.of(3, -2)} as NdArray};
    const program = compile(
      {params, modelState: {}, optimizer: optimizer.init(params)},
      {
        step: (state, {learningRate}) => {
          const gradients = {x: tf.mul((state.params as {x: Tensor}).x, 2)} as Tree<Tensor>;
          const next = takeStep(optimizer, {gradients, state: state.optimizer, params: state.params}, {learningRate});
          return {state: {...state, params: next.params, optimizer: next.state}, outputs: {}};
        },
      },
    );
    for (let step = 0; step < 300; step++) program.run('step', {learningRate: 0.1 * (1 - step / 300)});
    for (const {value} of leavesOf<NdArray>(program.read().params)) {
      for (const x of value.data) expect(Math.abs(x)).toBeLessThan(1e-2);
    }
    program.dispose();
  });
});

test.each([
  [{b1: 1, b2: 0.9, weightDecay: 0}, 'adamw: b1 must be a number in [0, 1), got 1'],
  [{b1: 0.9, b2: -0.1, weightDecay: 0}, 'adamw: b2 must be a number in [0, 1), got -0.1'],
  [{b1: 0.9, b2: 0.9, eps: 0, weightDecay: 0}, 'adamw: eps must be a number above 0, got 0'],
  [{b1: 0.9, b2: 0.9, weightDecay: -1}, 'adamw: weightDecay must be a number of at least 0, got -1'],
])('%o is refused', (options, message) => {
  expect(() => adamw(options)).toThrow(new RangeError(message));
});
