import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import type {Dataset, LoadingProgress, Rows, Source} from '../../src/contract/index.js';
import {recordSource, rowsOf, type TfdsSplit, tfdsOrder, tfdsSplit} from '../../src/data/index.js';
import {UserError} from '../../src/support/index.js';
import {findFiles} from './files.js';
import {decoder, pairLengths} from './lengths.js';
import {packedPairs} from './packing.js';
import type {PairOptions} from './pair-decoder.js';
import {openTokenizer} from './tokenizer.js';
import {readVocabulary} from './vocabulary.js';

/** What a model takes. */
export interface WmtDataOptions {
  /** The most pieces that the vocabulary may have. */
  readonly vocabulary: number;
  /** Tokens of a row; pairs with a longer sentence are left out. */
  readonly length: number;
  /** Called with how far counting the tokens of all pairs is. */
  readonly onProgress?: LoadingProgress | undefined;
}

/**
 * Opens the pairs of sentences, German to English, in AlgoPerf's layout. Training batches are packed, evaluation's have a pair a row.
 * @param dir - the user's `--data-dir`
 * @throws UserError naming the file that is missing, damaged or of another form, or a vocabulary that is too large
 */
export async function loadWmt(
  dir: string | undefined,
  {vocabulary: most, length, onProgress}: WmtDataOptions,
): Promise<Dataset> {
  const {folder, train, evaluation, vocabulary: path} = findFiles(dir);
  const vocabulary = await readVocabulary(path);
  if (vocabulary.size > most)
    throw new UserError(
      `${path}: it has ${vocabulary.size} pieces, and this workload's model takes ${most} at most; train one with fewer pieces`,
    );
  const {decode} = await openTokenizer(vocabulary);
  const options = {vocabulary, maxLength: length};
  const open = async (set: string, split: string) => pairSource(await tfdsSplit(set, split), options, onProgress);
  return {
    train: await open(train, 'train'),
    validation: await open(evaluation, 'validation'),
    test: await open(evaluation, 'test'),
    detokenize: decode,
    source: folder,
  };
}

/** Pairs by number, without those that are too long, in the order in which TensorFlow Datasets reads them. */
async function pairSource(
  split: TfdsSplit,
  options: PairOptions,
  onProgress: LoadingProgress | undefined,
): Promise<Source> {
  const {vocabulary, maxLength: length} = options;
  const all = await pairLengths(split, options, onProgress);
  const kept = keptPairs(all);
  if (kept.length === 0)
    throw new UserError(`${split.files[0]}: no pair has at most ${length} tokens in both of its sentences`);
  const shape = [length];
  const source = await recordSource({
    ...split,
    readingOrder: tfdsOrder,
    decoder,
    options,
    fields: {
      inputs: {shape, dtype: 'int32'},
      targets: {shape, dtype: 'int32'},
      weights: {shape, dtype: 'float32'},
    },
  });
  const read: Source['read'] = (rows, _, reuse) => source.read(recordsOf(rows, kept), undefined, reuse);
  const tokens = {...source, size: kept.length, read};
  const lengths = lengthsOf(all, kept);
  return {
    ...tokens,
    packed: (batchSize, use) => (use === 'training' ? packedPairs({tokens, lengths, batchSize, length}) : undefined),
    fingerprint: async () => {
      const model = createHash('sha256').update(readFileSync(vocabulary.path)).digest('hex');
      return `${await source.fingerprint!()} ${model}`;
    },
  };
}

function keptPairs(lengths: Uint16Array): Uint32Array {
  const kept: number[] = [];
  for (let pair = 0; 2 * pair < lengths.length; pair++) if (lengths[2 * pair]! > 0) kept.push(pair);
  return Uint32Array.from(kept);
}

function lengthsOf(all: Uint16Array, kept: Uint32Array): Uint16Array {
  const lengths = new Uint16Array(2 * kept.length);
  for (const [i, pair] of kept.entries()) lengths.set(all.subarray(2 * pair, 2 * pair + 2), 2 * i);
  return lengths;
}

function recordsOf(rows: Rows, kept: Uint32Array): Rows {
  return rowsOf(
    kept.length,
    Array.from(rows, (row) => kept[row]!),
  );
}
