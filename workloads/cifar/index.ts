import type {Workload} from '../../src/contract/index.js';
import {classifierLoss, classifierSums} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {loadCifar} from './data.js';
import {archive} from './files.js';
import {type ResNetOptions, resNet, resNet18} from './model.js';

/** CIFAR-10 with a residual network of these sizes instead of ResNet-18: for trying things out. */
export function cifarWith(options: ResNetOptions): Workload {
  const {paramTypes, initModel, modelFn} = resNet(options);
  return {
    name: 'cifar',
    summary: 'CIFAR-10 photographs in ten classes, ResNet-18',
    target: {metric: 'accuracy', validation: 0.85, test: 0.85},
    budget: {stepHint: 4883, seconds: 3600, evalEverySeconds: 600},
    examples: {train: 45_000, evalTrain: 5120, validation: 5000, test: 10_000},
    batchSize: 128,
    // AlgoPerf evaluates 1,024 at a time. The sums are the same, it takes no longer, and the feature maps take 7/8 less memory.
    evalBatchSize: 128,
    metrics: {accuracy: 'maximize', loss: 'minimize'},
    lossMetric: 'loss',
    hasDropout: false,
    loadData: loadCifar,
    download: archive,
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
}

/**
 * CIFAR-10 with AlgoPerf's numbers: inputs [batch, 32, 32, 3] float32, targets [batch] int32, logits [batch, 10]. The
 * training batch where the config gives none is 128, as AlgoPerf's development setting has it. Training images are cropped and
 * flipped at random.
 */
export const cifar: Workload = cifarWith(resNet18);
