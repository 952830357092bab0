import {beforeAll, describe, expect, test} from 'vitest';
import type {Entry, ModelOptions, ParameterType, Tensor, Tree, Workload} from '../../src/contract/index.js';
import {openEngine, tf} from '../../src/engine/index.js';
import type {GradientTransformation, TransformContext} from '../../src/optimizers/index.js';
import {type GradientStepOptions, gradientStep, gradientSteps} from '../../src/submissions/index.js';

beforeAll(() => openEngine('cpu'));

type Named = {readonly [name: string]: Tensor};

/** What the model and the loss were called with. */
interface Calls {
  readonly model: ModelOptions[];
  readonly loss: unknown[];
}

const noCalls = (): Calls => ({model: [], loss: []});

/** The loss is 3 a + 4 b, over two examples: the gradient is (1.5, 2), of norm 2.5. */
function workloadOf(calls: Calls, type: ParameterType = 'weight'): GradientStepOptions['workload'] {
  const modelFn: Workload['modelFn'] = (params, _batch, modelState, call) => {
    calls.model.push(call);
    const {a, b} = params as Named;
    return {logits: tf.add(tf.mul(a!, 3), tf.mul(b!, 4)), modelState};
  };
  const lossFn: Workload['lossFn'] = ({logits, labelSmoothing}) => {
    calls.loss.push(labelSmoothing);
    return {summed: logits as Tensor, nValidExamples: tf.scalar(2), perExample: logits as Tensor};
  };
  return {modelFn, lossFn, paramTypes: {a: type, b: 'bias'}};
}

/** Subtracts the gradients. */
const PLAIN: GradientTransformation = {
  init: () => ({}),
  resets: {},
  update: (updates, state) => ({updates: {a: tf.neg((updates as Named).a!), b: tf.neg((updates as Named).b!)}, state}),
};

const valuesOf = (tree: Tree<Tensor>) =>
  Object.fromEntries(Object.entries(tree as Named).map(([name, tensor]) => [name, tensor.dataSync()[0]]));

/** One step of an entry from a = 1, b = 2. */
function taken(entry: Entry) {
  return tf.tidy(() => {
    const params = {a: tf.scalar(1), b: tf.scalar(2)};
    const inputs = {batch: {}, learningRate: tf.scalar(0.25), key: tf.tensor1d([3, 5], 'int32'), step: tf.scalar(7)};
    const {state, outputs} = entry({params, modelState: {}, optimizer: {}}, inputs as never);
    return {params: valuesOf(state.params), outputs: valuesOf(outputs as Tree<Tensor>)};
  });
}

function stepped({calls = noCalls(), ...options}: Partial<GradientStepOptions> & {calls?: Calls} = {}) {
  return taken(gradientStep({workload: workloadOf(calls), optimizer: PLAIN, ...options}));
}

describe('a gradient step', () => {
  test.each([
    ['learningRate', {batch: {}}, 'batch'],
    ['batch', {learningRate: 1}, 'learningRate'],
    ['batch', {}, 'none'],
  ])('names the input %s where it is missing', (missing, inputs, given) => {
    const entry = gradientStep({workload: workloadOf(noCalls()), optimizer: PLAIN});
    expect(() => entry({params: {}, modelState: {}, optimizer: {}}, inputs as never)).toThrow(
      new RangeError(
        `gradientStep: its entry needs the inputs batch and learningRate; there is no ${missing}, given: ${given}`,
      ),
    );
  });

  test('takes the gradients of the mean loss to the optimizer, and has that loss as its output', () => {
    expect(stepped()).toEqual({params: {a: -0.5, b: 0}, outputs: {loss: 5.5}});
  });

  test('clips gradients whose norm is larger than gradClip, and no others; their norm is that before it', () => {
    const {params, outputs} = stepped({gradClip: 1.25, withGradNorm: true});
    expect(params).toEqual({a: expect.closeTo(0.25, 6), b: expect.closeTo(1, 6)});
    expect(outputs).toEqual({loss: 5.5, gradNorm: 2.5});
    expect(stepped({gradClip: 3}).params).toEqual({a: -0.5, b: 0});
  });

  test('trains the model and smooths the labels as it is told, by default without dropout and smoothing', () => {
    const calls = noCalls();
    stepped({calls});
    stepped({calls, dropoutRate: 0.1, labelSmoothing: 0.2, batchStatistics: 'none'});
    expect(calls.loss).toEqual([0, 0.2]);
    expect(calls.model).toMatchObject([
      {mode: 'train', dropoutRate: 0, updateBatchNorm: true},
      {mode: 'train', dropoutRate: 0.1, updateBatchNorm: false},
    ]);
    expect(calls.model[1]!.key).toBeDefined();
  });

  test('gives the optimizer the rate, the step, its kind, and clipped gradients elsewhere, which move no statistics', () => {
    const calls = noCalls();
    let seen: TransformContext | undefined;
    let elsewhere: unknown;
    const optimizer: GradientTransformation = {
      ...PLAIN,
      update(updates, state, params, context) {
        seen = context;
        elsewhere = valuesOf(context.gradientsAt!({a: tf.scalar(9), b: tf.scalar(9)}));
        return PLAIN.update(updates, state, params, context);
      },
    };
    stepped({calls, optimizer, gradClip: 1.25, isLongStep: true});
    expect(elsewhere).toEqual({a: expect.closeTo(0.75, 6), b: expect.closeTo(1, 6)});
    expect(calls.model.map(({updateBatchNorm}) => updateBatchNorm)).toEqual([true, false]);
    expect(seen).toMatchObject({isLongStep: true, paramTypes: {a: 'weight', b: 'bias'}});
    expect(Object.keys(seen!).sort()).toEqual(['gradientsAt', 'isLongStep', 'learningRate', 'paramTypes', 'step']);
  });
});

describe('the entries of an algorithm', () => {
  const stepsOf = (more: Partial<GradientTransformation>, type: ParameterType = 'weight') =>
    gradientSteps({workload: workloadOf(noCalls(), type), optimizer: {...PLAIN, ...more}});
  const isLongStep = (count: number) => count % 3 === 0;
  const averages = {evalParams: (_: unknown, params: Tree<Tensor>) => params, batchStatisticsSteps: 2};

  test.each([
    ['of most', {}, 'weight', ['loggedStep', 'step']],
    ['with long steps', {isLongStep}, 'weight', ['loggedLongStep', 'loggedStep', 'longStep', 'step']],
    ['with averages, where nothing is normalised by batches', averages, 'weight', ['loggedStep', 'step']],
    ['with averages', averages, 'batch_norm_scale', ['loggedStatisticsStep', 'loggedStep', 'statisticsStep', 'step']],
    ['without averages, whatever the steps', {batchStatisticsSteps: 2}, 'batch_norm_bias', ['loggedStep', 'step']],
    [
      'with both',
      {...averages, isLongStep},
      'batch_norm_bias',
      [
        ...['loggedLongStatisticsStep', 'loggedLongStep', 'loggedStatisticsStep', 'loggedStep'],
        ...['longStatisticsStep', 'longStep', 'statisticsStep', 'step'],
      ],
    ],
  ] as const)('%s', (_, more, type, names) => {
    expect(Object.keys(stepsOf(more, type).entries).sort()).toEqual(names);
  });

  test('are chosen by the step', () => {
    const {entryOf} = stepsOf({...averages, isLongStep}, 'batch_norm_scale');
    expect([0, 1, 2, 3].map((count) => entryOf({count}))).toEqual([
      ...['longStatisticsStep', 'step', 'statisticsStep', 'longStep'],
    ]);
    expect(entryOf({count: 3, isLogged: true})).toBe('loggedLongStep');
    const plain = stepsOf({});
    expect([plain.entryOf({count: 0}), plain.entryOf({count: 0, isLogged: true})]).toEqual(['step', 'loggedStep']);
  });

  test('do what their names say', () => {
    const longs: unknown[] = [];
    const optimizer: GradientTransformation = {
      ...PLAIN,
      isLongStep,
      update(updates, state, params, context) {
        longs.push(context.isLongStep);
        return PLAIN.update(updates, state, params, context);
      },
    };
    const {entries} = gradientSteps({workload: workloadOf(noCalls()), optimizer});
    expect(Object.keys(taken(entries.loggedLongStep!).outputs)).toEqual(['loss', 'gradNorm']);
    expect(Object.keys(taken(entries.step!).outputs)).toEqual(['loss']);
    expect(longs).toEqual([true, false]);
  });
});
