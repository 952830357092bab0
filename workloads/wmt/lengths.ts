import {createHash} from 'node:crypto';
import {readFileSync, realpathSync, statSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import type {LoadingProgress, Source} from '../../src/contract/index.js';
import {type Kept, keepBytes, keptBytes, recordSource, type TfdsSplit, tfdsOrder} from '../../src/data/index.js';
import {count} from '../../src/support/index.js';
import type {PairOptions} from './pair-decoder.js';

/** The module that decodes pairs, as `recordSource` takes it. */
export const decoder = new URL('./pair-decoder.js', import.meta.url);

/** Of what is kept in the cache: changes with its form. */
const VERSION = 1;

/** Pairs that a thread measures in one go. */
const BATCH = 1024;

/** A thread takes longer to start than it does for fewer pairs. */
const PAIRS_FOR_A_THREAD = 10_000;

/**
 * How many tokens the sentences of each pair of a split have that are not 0, [source, target] after each other; both 0 for a pair that
 * is too long. Every record is read and its sentences are tokenized once, in threads; the numbers are kept in this tool's cache, as long
 * as the files stay as they are.
 * @param onProgress - called with how far that has come
 * @throws UserError naming file and record, if a record can't be used
 */
export async function pairLengths(
  split: TfdsSplit,
  options: PairOptions,
  onProgress?: LoadingProgress,
): Promise<Uint16Array> {
  const kept = keptAs(split, options);
  const bytes = keptBytes(kept);
  if (bytes?.byteLength === 4 * split.counts.reduce((sum, records) => sum + records, 0)) return new Uint16Array(bytes);
  const lengths = await measured(split, options, onProgress);
  keepBytes(kept, lengths.buffer);
  return lengths;
}

async function measured(
  split: TfdsSplit,
  options: PairOptions,
  onProgress: LoadingProgress | undefined,
): Promise<Uint16Array> {
  const pairs = split.counts.reduce((sum, records) => sum + records, 0);
  const threads = Math.min(availableParallelism(), Math.ceil(pairs / PAIRS_FOR_A_THREAD) || 1);
  const source = await recordSource({
    ...split,
    readingOrder: tfdsOrder,
    decoder,
    options,
    fields: {lengths: {shape: [2], dtype: 'int32'}},
    threads,
  });
  try {
    const lengths = new Uint16Array(2 * source.size);
    const work = `counting the tokens of ${count(source.size)} pairs`;
    for (let from = 0; from < source.size; from += threads * BATCH) {
      const starts = Array.from({length: threads}, (_, i) => from + i * BATCH).filter((start) => start < source.size);
      onProgress?.(work, from / source.size);
      await Promise.all(starts.map((start) => measureSome(source, start, lengths)));
    }
    onProgress?.(work, 1);
    return lengths;
  } finally {
    await source.close?.();
  }
}

async function measureSome(source: Source, start: number, into: Uint16Array): Promise<void> {
  const count = Math.min(BATCH, source.size - start);
  const batch = await source.read(Uint32Array.from({length: count}, (_, i) => start + i));
  into.set(batch.lengths!.data, 2 * start);
}

/** In the cache there is one for each data set, vocabulary and length. */
function keptAs({files}: TfdsSplit, {vocabulary: {path}, maxLength}: PairOptions): Kept {
  const described = files.map((file) => {
    const {size, mtimeMs} = statSync(file);
    return [realpathSync(file), size, mtimeMs];
  });
  const model = createHash('sha256').update(readFileSync(path)).digest('hex');
  const identity = createHash('sha256').update(JSON.stringify({VERSION, described, model, maxLength}));
  return {
    kind: 'pair-lengths',
    of: JSON.stringify([realpathSync(files[0]!), realpathSync(path), maxLength]),
    state: identity.digest('hex'),
  };
}
