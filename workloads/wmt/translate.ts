import type {EvaluationContext, HostBatch, RunEntry} from '../../src/contract/index.js';
import {type Beam, beamSearch} from './beam-search.js';
import type {DecodingOptions} from './decoding.js';
import {END} from './tokenizer.js';

const ALPHA = 0.6;

/** Texts of a batch's pairs. */
export interface Translated {
  readonly translations: string[];
  readonly references: string[];
}

/** Translates the sources of a batch; the rows that pad it are left out. */
export async function translate(
  run: RunEntry,
  {inputs, targets, weights}: HostBatch,
  {dataset, pause}: EvaluationContext,
  {transformer, beams, length}: DecodingOptions,
): Promise<Translated> {
  const [batchSize, rowLength] = inputs!.shape as [number, number];
  const present = presentRows(weights!);
  run('encodeSources', {inputs: inputs!});
  const found = await beamSearch(
    async ({ids, parents, position, scores}) => {
      await pause();
      const outputs = run('decodeToken', {
        ids: {shape: [ids.length], dtype: 'int32', data: ids},
        parents: {shape: [parents.length], dtype: 'int32', data: parents},
        position: {shape: [1], dtype: 'int32', data: Int32Array.of(position)},
        scores: {shape: [batchSize, beams], dtype: 'float32', data: scores},
      });
      return {scores: outputs.array('scores').data, choices: outputs.array('choices').data};
    },
    {batchSize, present, beams, vocabulary: transformer.vocabulary, alpha: ALPHA, end: END, length},
  );
  const textOf = (tokens: readonly number[]): string => dataset.detokenize!(tokensOf(tokens));
  const rowOf = (row: number): number[] => [...targets!.data.subarray(row * rowLength, (row + 1) * rowLength)];
  const rows = Array.from({length: present}, (_, row) => row);
  return {
    translations: rows.map((row) => textOf(bestOf(found[row]!))),
    references: rows.map((row) => textOf(rowOf(row))),
  };
}

/** How many rows count: those that pad a batch come last. Every sentence has an end, which has weight 1. */
function presentRows({shape, data}: HostBatch[string]): number {
  const [rows, length] = shape as [number, number];
  for (let row = rows; row > 0; row--)
    if (data.subarray((row - 1) * length, row * length).includes(1 as never)) return row;
  return 0;
}

/** Without the 0 before it. */
function bestOf(beams: readonly Beam[]): readonly number[] {
  return beams.at(-1)!.tokens.slice(1);
}

/** Up to the sentence's end. Where there is none AlgoPerf keeps the first token only; here all of them are. */
function tokensOf(tokens: readonly number[]): readonly number[] {
  const end = tokens.indexOf(END);
  return end < 0 ? tokens : tokens.slice(0, end + 1);
}
