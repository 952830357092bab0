import type {Evaluation, ModelOptions, Workload} from '../../src/contract/index.js';
import {classifierLoss, classifierSums, tf} from '../../src/engine/index.js';
import {bleu, mean} from '../../src/metrics/index.js';
import {loadWmt} from './data.js';
import {type DecodingOptions, decodeToken, emptyCache, encodeSources} from './decoding.js';
import {HOW_TO_GET} from './files.js';
import {modelFn} from './model.js';
import {initModel, multiplyAddsOf, type TransformerOptions, type TransformerParams, typesOf} from './params.js';
import {translate} from './translate.js';

/** What one of the translation workloads has of its own. */
export interface TranslationOptions
  extends Pick<Workload, 'name' | 'summary' | 'target' | 'budget' | 'examples' | 'batchSize' | 'evalBatchSize'> {
  readonly transformer: TransformerOptions;
}

const BEAMS = 4;

/**
 * Translation from German to English: fields `inputs` and `targets` int32 [rows, length], `weights` [rows, length], 1 for what counts;
 * a training row has several pairs. Loss and accuracy are of tokens, BLEU of translations by beam search.
 */
export function translation({transformer, ...own}: TranslationOptions): Workload {
  const multiplyAdds = multiplyAddsOf(transformer);
  const {vocabulary, length} = transformer;
  return {
    ...own,
    multiplyAdds,
    matMulMultiplyAdds: multiplyAdds,
    hasDropout: true,
    metrics: {bleu: 'maximize', accuracy: 'maximize', loss: 'minimize'},
    lossMetric: 'loss',
    loadData: (dir, onProgress) => loadWmt(dir, {vocabulary, length, onProgress}),
    dataHelp: HOW_TO_GET,
    paramTypes: typesOf(transformer),
    initModel: (key) => initModel(key, transformer),
    modelFn: (params, batch, modelState, options) =>
      modelFn(params as unknown as TransformerParams, batch, modelState, options, transformer),
    lossFn: classifierLoss,
    evaluation: evaluationOf({transformer, beams: BEAMS, length}),
  };
}

const EVAL: ModelOptions = {mode: 'eval'};

function evaluationOf(options: DecodingOptions): Evaluation {
  return {
    entries: {
      sums({params, modelState}, {batch}) {
        const model = params as unknown as TransformerParams;
        const {logits} = modelFn(model, batch, modelState, EVAL, options.transformer);
        return {...classifierSums(logits, batch), tokens: tf.sum(batch.weights)};
      },
    },
    decoder: {
      emptyCache: (batchSize) => emptyCache(options, batchSize),
      entries: {
        encodeSources: (model, inputs) => encodeSources(model, inputs, options),
        decodeToken: (model, inputs) => decodeToken(model, inputs, options),
      },
    },
    metrics: [bleu(), mean('accuracy', {per: 'tokens'}), mean('loss', {per: 'tokens'})],
    async evaluateBatch(run, batch, context) {
      const sums = run('sums', {batch}).arrays();
      return {...sums, ...(await translate(run, batch, context, options))};
    },
  };
}
