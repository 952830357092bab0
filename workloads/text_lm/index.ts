import type {Workload} from '../../src/contract/index.js';
import {bitsPerToken} from '../../src/metrics/index.js';
import {type DecoderOptions, languageModel} from '../language-model/index.js';
import {END_OF_DOCUMENT, LENGTH, loadText} from './data.js';

/** The workload with a decoder of these sizes: for trying things out. */
export function textLmWith(sizes: Pick<DecoderOptions, 'layers' | 'width' | 'heads' | 'hidden'>): Workload {
  return languageModel({
    name: 'text_lm',
    summary: 'the next byte of any text, 4-layer transformer; its target is for 39 State of the Union addresses',
    model: {vocabulary: 256, length: LENGTH, ...sizes},
    target: {metric: 'bits_per_byte', validation: 2.2, inclusive: true},
    budget: {stepHint: 1500, seconds: 600, evalEverySeconds: 30},
    examples: {train: 8135, evalTrain: 256, validation: 887},
    dataSha256: '79c67a02a4936f15b8efa7f5550661732999b7aec4f7a17b3553221044c57beb',
    batchSize: 32,
    evalBatchSize: 64,
    metrics: {bits_per_byte: 'minimize', loss: 'minimize'},
    loadData: loadText,
    evaluated: [bitsPerToken('bits_per_byte')],
    loadTokenizer: async () => ({
      encode: (text) => [...Buffer.from(text)],
      decode: (tokens) => Buffer.from(tokens).toString(),
      endOfDocument: END_OF_DOCUMENT,
    }),
  });
}

/**
 * The next byte of a text: inputs and targets int32 [batch, 128], logits [batch, 128, 256]. The model is `finewebedu_lm`'s, small
 * enough for a laptop: 1,082,500 parameters.
 */
export const textLm: Workload = textLmWith({layers: 4, width: 128, heads: 4, hidden: 512});
