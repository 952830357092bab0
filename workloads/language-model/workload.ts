import type {Dataset, Metric, TextSampling, Workload} from '../../src/contract/index.js';
import {classifierLoss, tf} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {type DecoderOptions, decoder} from './decoder.js';

/** What one language model has of its own. */
export interface LanguageModelOptions
  extends Pick<
    Workload,
    'name' | 'summary' | 'target' | 'budget' | 'examples' | 'dataSha256' | 'batchSize' | 'evalBatchSize' | 'metrics'
  > {
  readonly model: DecoderOptions;
  loadData(dir: string | undefined): Promise<Dataset>;
  /** Those of the metrics that are not `loss`: of the output `loss`, the cross-entropy in nats summed over a batch's tokens. */
  readonly evaluated: readonly Metric[];
  readonly loadTokenizer: () => Promise<Tokenizer>;
}

/** Texts as tokens. */
export type Tokenizer = Pick<TextSampling, 'encode' | 'decode' | 'endOfDocument'>;

/**
 * A decoder that is trained to tell the next token: `inputs` and `targets` int32 [batch, length], `weights` [batch, length] where not
 * all tokens count.
 */
export function languageModel({model, evaluated, loadTokenizer, ...numbers}: LanguageModelOptions): Workload {
  const {multiplyAdds, paramTypes, initModel, modelFn} = decoder(model);
  return {
    ...numbers,
    multiplyAdds,
    matMulMultiplyAdds: multiplyAdds,
    hasDropout: false,
    lossMetric: 'loss',
    paramTypes,
    initModel,
    modelFn,
    lossFn: classifierLoss,
    loadSampling: async () => ({...(await loadTokenizer()), length: model.length, entry: 'next'}),
    evaluation: {
      entries: {
        sums({params, modelState}, {batch}) {
          return {loss: classifierLoss({logits: modelFn(params, batch, modelState).logits, batch}).summed};
        },
        next({params, modelState}, {tokens, last}) {
          const {logits} = modelFn(params, {inputs: tokens}, modelState);
          const rows = tf.reshape(logits, [-1, model.vocabulary]);
          return {logits: tf.reshape(tf.gather(rows, tf.cast(last, 'int32')), [-1])};
        },
      },
      metrics: [mean('loss'), ...evaluated],
      evaluateBatch: (run, batch) => run('sums', {batch}).arrays(),
    },
  };
}
