import type {Workload} from '../../src/contract/index.js';
import type {TransformerOptions} from './params.js';
import {translation} from './workload.js';

/** As AlgoPerf's: 133,521,408 parameters. */
const big: TransformerOptions = {vocabulary: 32_000, length: 256, layers: 6, width: 1024, heads: 16, hidden: 1024};

/** The same workload with another model and other targets. */
function variant(
  name: string,
  summary: string,
  change: Partial<TransformerOptions>,
  target: readonly [number, number],
): Workload {
  const [validation, test] = target;
  return translation({
    name,
    summary,
    target: {metric: 'bleu', validation, test},
    budget: {stepHint: 120_000, seconds: 16_114, evalEverySeconds: 644},
    examples: {train: 5_906_184, evalTrain: 3072, validation: 3000, test: 3003},
    batchSize: 128,
    // AlgoPerf evaluates 128 at a time. The sums and the translations are the same, and the decoder's cache takes 7/8 less memory.
    evalBatchSize: 16,
    transformer: {...big, ...change},
  });
}

/** WMT, German to English, with AlgoPerf's numbers. */
export const wmt = variant('wmt', 'WMT German to English, encoder-decoder transformer', {}, [30.8491, 30.7219]);

export const wmtPostLn = variant(
  'wmt_post_ln',
  'wmt with normalisation after the sums',
  {isPostNorm: true},
  [30.0779, 29.8982],
);

export const wmtAttentionTemp = variant(
  'wmt_attention_temp',
  'wmt with queries of inputs multiplied by 4',
  {attentionTemperature: 4},
  [29.3379, 29.4143],
);

export const wmtGluTanh = variant(
  'wmt_glu_tanh',
  'wmt with gated MLPs and tanh',
  {isGated: true, activation: 'tanh'},
  [29.5779, 29.0515],
);

/**
 * The same task with a model of 1.2 million parameters, for small sets of short sentences and a laptop: sentences of at most 64 tokens of
 * a vocabulary of 4,000 at most. Its target is a first sign of translation: 2,000 pairs teach a model little more.
 */
export const wmtSmall = translation({
  name: 'wmt_small',
  summary: 'German to English for a laptop, 2 + 2 layers',
  target: {metric: 'bleu', validation: 1},
  budget: {stepHint: 2000, seconds: 600, evalEverySeconds: 60},
  examples: {train: 2000, evalTrain: 32, validation: 200, test: 200},
  batchSize: 16,
  evalBatchSize: 32,
  transformer: {vocabulary: 4000, length: 64, layers: 2, width: 128, heads: 4, hidden: 256},
});
