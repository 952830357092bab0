import type {Workload} from '../../src/contract/index.js';
import {bitsPerToken} from '../../src/metrics/index.js';
import {languageModel} from '../language-model/index.js';
import {LENGTH, loadText} from './data.js';

/**
 * The next byte of a text: inputs and targets int32 [batch, 128], logits [batch, 128, 256]. The model is `finewebedu_lm`'s, small
 * enough for a laptop: 1,082,500 parameters.
 */
export const textLm: Workload = languageModel({
  name: 'text_lm',
  summary: 'the next byte of any text, 4-layer transformer; its target is for 40 State of the Union addresses',
  model: {vocabulary: 256, length: LENGTH, layers: 4, width: 128, heads: 4, hidden: 512},
  target: {metric: 'bits_per_byte', validation: 2.2, inclusive: true},
  budget: {stepHint: 1500, seconds: 600, evalEverySeconds: 30},
  examples: {train: 8135, evalTrain: 256, validation: 887},
  batchSize: 32,
  evalBatchSize: 64,
  metrics: {bits_per_byte: 'minimize', loss: 'minimize'},
  loadData: loadText,
  evaluated: [bitsPerToken('bits_per_byte')],
});
