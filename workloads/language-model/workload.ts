import type {Dataset, Metric, Workload} from '../../src/contract/index.js';
import {classifierLoss} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {type DecoderOptions, decoder} from './decoder.js';

/** What one language model has of its own. */
export interface LanguageModelOptions
  extends Pick<
    Workload,
    'name' | 'summary' | 'target' | 'budget' | 'examples' | 'batchSize' | 'evalBatchSize' | 'metrics'
  > {
  readonly model: DecoderOptions;
  loadData(dir: string | undefined): Promise<Dataset>;
  /** Those of the metrics that are not `loss`: of the output `loss`, the cross-entropy in nats summed over a batch's tokens. */
  readonly evaluated: readonly Metric[];
}

/**
 * A decoder that is trained to tell the next token: `inputs` and `targets` int32 [batch, length], `weights` [batch, length] where not
 * all tokens count.
 */
export function languageModel({model, evaluated, ...numbers}: LanguageModelOptions): Workload {
  const {multiplyAdds, paramTypes, initModel, modelFn} = decoder(model);
  return {
    ...numbers,
    multiplyAdds,
    hasDropout: false,
    lossMetric: 'loss',
    paramTypes,
    initModel,
    modelFn,
    lossFn: classifierLoss,
    evaluation: {
      entries: {
        sums({params, modelState}, {batch}) {
          return {loss: classifierLoss({logits: modelFn(params, batch, modelState).logits, batch}).summed};
        },
      },
      metrics: [mean('loss'), ...evaluated],
    },
  };
}
