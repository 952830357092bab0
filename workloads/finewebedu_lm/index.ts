import {join} from 'node:path';
import type {Dataset, Workload} from '../../src/contract/index.js';
import {perplexity} from '../../src/metrics/index.js';
import {languageModel, tokenSource} from '../language-model/index.js';
import {FILES, findFolder, LENGTH, readAbout} from './files.js';

const VOCABULARY = 50_257;

/** @throws UserError naming the file that is missing, cut or of another form */
async function loadTokens(dir: string | undefined): Promise<Dataset> {
  const folder = findFolder(dir);
  const about = readAbout(folder);
  const source = (split: 'train' | 'validation') =>
    tokenSource({file: join(folder, FILES[split]), tokens: about[split], length: LENGTH, vocabulary: VOCABULARY});
  const train = await source('train');
  return {train, validation: await source('validation'), source: folder};
}

/**
 * FineWeb-Edu's next token, with the numbers of AlgoPerf 1.0: inputs and targets int32 [batch, 1024] of GPT-2's tokens, logits [batch,
 * 1024, 50257]; 252,815,372 parameters.
 */
export const finewebeduLm: Workload = {
  ...languageModel({
    name: 'finewebedu_lm',
    summary: "FineWeb-Edu's next token, 12-layer transformer of 253 million parameters",
    model: {vocabulary: VOCABULARY, length: LENGTH, layers: 12, width: 1024, heads: 8, hidden: 4096},
    target: {metric: 'ppl', validation: 22.2995, inclusive: true},
    budget: {stepHint: 72_000, seconds: 31_967, evalEverySeconds: 2571},
    examples: {train: 8_749_870, evalTrain: 10_000, validation: 100_000},
    batchSize: 64,
    // AlgoPerf evaluates 256 at a time on its GPUs. The sums are the same; the logits of one sequence take 206 MB.
    evalBatchSize: 1,
    metrics: {ppl: 'minimize', loss: 'minimize'},
    loadData: loadTokens,
    evaluated: [perplexity('ppl')],
    loadTokenizer: async () => (await import('./tokenize.js')).tokenizer,
  }),
  dataHelp:
    'Make it of any text with `algoperf-ts data prepare finewebedu_lm --text <files or folders>`. FineWeb-Edu itself is on Hugging Face\n' +
    '(HuggingFaceFW/fineweb-edu, sample-10BT): write its documents as .jsonl, each with a field `text`. What AlgoPerf has prepared\n' +
    '(fineweb_edu_10B/fwedu_10B_tokenized) is taken over by `algoperf-ts data prepare finewebedu_lm --tokens <folder>`.',
  prepareData: async (options) => (await import('./prepare.js')).prepareTokens(options),
};
