import type {Workload} from '../../src/contract/index.js';
import {classifierLoss, classifierSums} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {loadMnist} from './data.js';
import {initModel, modelFn, paramTypes} from './model.js';

const MULTIPLY_ADDS = 784 * 128 + 128 * 10;

/**
 * Handwritten digits, with AlgoPerf's numbers: inputs [batch, 784] float32, targets [batch] int32, logits [batch, 10].
 * The training batch where the config gives none is 128 (AlgoPerf leaves it to the submission).
 */
export const mnist: Workload = {
  name: 'mnist',
  summary: 'handwritten digits, 784-128-10 multilayer perceptron',
  target: {metric: 'accuracy', validation: 0.97, test: 0.97},
  budget: {stepHint: 7813, seconds: 60, evalEverySeconds: 10},
  examples: {train: 50_000, evalTrain: 10_000, validation: 10_000, test: 10_000},
  dataSha256: '3af5d4d2e60b1eda53048fd331e66997d8d25476cce17a22e188742f9c86aca2',
  batchSize: 128,
  evalBatchSize: 10_000,
  multiplyAdds: MULTIPLY_ADDS,
  matMulMultiplyAdds: MULTIPLY_ADDS,
  metrics: {accuracy: 'maximize', loss: 'minimize'},
  lossMetric: 'loss',
  hasDropout: false,
  loadData: loadMnist,
  paramTypes,
  initModel,
  modelFn,
  lossFn: classifierLoss,
  evaluation: {
    entries: {
      sums: ({params, modelState}, {batch}) =>
        classifierSums(modelFn(params, batch, modelState, {mode: 'eval'}).logits, batch),
    },
    metrics: [mean('accuracy'), mean('loss')],
  },
};
