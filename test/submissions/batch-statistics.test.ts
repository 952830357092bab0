import {beforeAll, describe, expect, test} from 'vitest';
import {
  full,
  type NdArray,
  type ParameterType,
  type Tensor,
  type Tree,
  type Workload,
} from '../../src/contract/index.js';
import {compile, openEngine, tf} from '../../src/engine/index.js';
import {chain, isOfType, masked, scaleByLearningRate, scheduleFree, sgd} from '../../src/optimizers/index.js';
import {gradientSteps} from '../../src/submissions/index.js';
import {hasTensorflow} from '../helpers/tensorflow.js';

type Scalars = {readonly [name: string]: Tensor};

/** The loss is `w` times the input; the running mean of the same is what the model keeps. */
function workloadOf(type: ParameterType): Pick<Workload, 'modelFn' | 'lossFn' | 'paramTypes'> {
  return {
    paramTypes: {w: type},
    modelFn(params, batch, modelState, {updateBatchNorm = true}) {
      const product = tf.mul((params as Scalars).w!, batch.inputs as Tensor);
      const moved = tf.mul(tf.add((modelState as Scalars).mean!, product), 0.5);
      return {logits: product, modelState: updateBatchNorm ? {mean: moved} : modelState};
    },
    lossFn: ({logits}) => ({summed: logits as Tensor, nValidExamples: tf.scalar(1), perExample: logits as Tensor}),
  };
}

const scheduleFreeSgd = () => scheduleFree(scaleByLearningRate(), {b1: 0.5});

/** Steps at a rate of 1 whose gradient is 1, from `w` and mean 0. @returns their entries, and the mean after each */
function means(optimizer: ReturnType<typeof sgd>, type: ParameterType, steps: number) {
  const {entries, entryOf} = gradientSteps({workload: workloadOf(type), optimizer});
  const params: Tree<NdArray> = {w: full([], 0)};
  const program = compile(
    {params, modelState: {mean: full([], 0)}, optimizer: optimizer.init(params, {w: type})},
    entries,
  );
  const found = Array.from({length: steps}, (_, count) => {
    const entry = entryOf({count, isLogged: count === 1});
    program.run(entry, {batch: {inputs: full([], 1)}, learningRate: 1, key: [0, 0]});
    return [entry, (program.read().modelState as {mean: NdArray}).mean.data[0]];
  });
  program.dispose();
  return found;
}

describe.each(['wasm', ...(hasTensorflow ? ['tensorflow'] : [])])('batch statistics on %s', (backend) => {
  beforeAll(() => openEngine(backend));

  test('are moved at each step, at the parameters that are trained, where these are evaluated', () => {
    // w is 0, -1, -2, -3.
    expect(means(sgd({weightDecay: 0}), 'batch_norm_scale', 4)).toEqual([
      ['step', 0],
      ['loggedStep', -0.5],
      ['step', -1.25],
      ['step', -2.125],
    ]);
  });

  test.each([
    ['alone', scheduleFreeSgd()],
    ['in a chain', chain(scheduleFreeSgd())],
    ['of some parameters', masked(scheduleFreeSgd(), isOfType('batch_norm_scale'))],
  ])('are moved at each third step by a pass at the average, where that is evaluated: %s', (_, optimizer) => {
    // z is 0, -1, -2, -3, and x before the fourth step the mean of the last three; y would be -2.5.
    expect(means(optimizer, 'batch_norm_scale', 5)).toEqual([
      ['statisticsStep', 0],
      ['loggedStep', 0],
      ['step', 0],
      ['statisticsStep', -1],
      ['step', -1],
    ]);
  });

  test('are no matter where a model has none', () => {
    expect(means(scheduleFreeSgd(), 'weight', 3).map(([entry]) => entry)).toEqual(['step', 'loggedStep', 'step']);
  });
});
