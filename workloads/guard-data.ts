import type {Dataset, HostBatch, PackedBatches, Source, Workload} from '../src/contract/index.js';
import {batchProblem, type SplitOfData} from '../src/data/index.js';
import {checking, guard, SubmissionError} from '../src/support/index.js';
import {mustGive, type Of} from './must-give.js';

/** A batch's examples are numbers in memory before it is packed. */
const MOST_PACKED = 2 ** 24;

/** A user's data whose functions have their results checked and are named when they throw. */
export function guardedDataset(dataset: Dataset, {examples}: Workload, of: Of): Dataset {
  const {train, validation, test, source} = Object(dataset) as Partial<Dataset>;
  if (typeof source !== 'string')
    throw mustGive('loadData', '{train, validation, test, source: where it came from}', dataset);
  const sources = {train, validation, ...(examples.test !== undefined && {test})};
  for (const [split, each] of Object.entries(sources)) {
    if (typeof each?.read !== 'function') throw mustGive('loadData', `a source {size, read} as ${split}`, each);
    for (const name of ['packed', 'fingerprint', 'close'] as const)
      if (each[name] !== undefined && typeof each[name] !== 'function')
        throw mustGive('loadData', `a function as ${split}.${name}, or none`, each[name]);
    for (const name of ['size', 'leastBatchSize'] as const)
      if (!isCount(each[name]) && (name === 'size' || each[name] !== undefined))
        throw mustGive('loadData', `an integer of at least 1 as ${split}.${name}`, each[name]);
    if (each.largestExample !== undefined && typeof each.largestExample !== 'string')
      throw mustGive('loadData', `a string as ${split}.largestExample, or none`, each.largestExample);
  }
  if (dataset.detokenize !== undefined && typeof dataset.detokenize !== 'function')
    throw mustGive('loadData', 'a function as detokenize, or none', dataset.detokenize);
  // A source may be of a class, whose functions are not its own fields.
  const guarded = (each: Source, split: SplitOfData): Source => ({
    size: each.size,
    ...(each.leastBatchSize !== undefined && {leastBatchSize: each.leastBatchSize}),
    ...(each.largestExample !== undefined && {largestExample: each.largestExample}),
    ...(each.fingerprint && {
      fingerprint: guard(of('fingerprint', true), each.fingerprint.bind(each), isText(`${split}.fingerprint`)),
    }),
    ...(each.close && {close: guard(of('close', true), each.close.bind(each))}),
    read(rows, key, reuse) {
      const count = each.packed ? undefined : rows.length;
      return guard(of('read', true), each.read.bind(each), (batch) => ownBatch(batch, split, count))(rows, key, reuse);
    },
    ...(each.packed && {
      packed: guard(of('packed'), each.packed.bind(each), (packing) => guardedPacking(packing, split, of)),
    }),
  });
  const {detokenize, note} = dataset;
  return {
    source,
    ...(note !== undefined && {note}),
    ...(detokenize && {detokenize: guard(of('detokenize'), detokenize.bind(dataset))}),
    train: guarded(train!, 'train'),
    validation: guarded(validation!, 'validation'),
    ...(examples.test !== undefined && {test: guarded(test!, 'test')}),
  };
}

/** A source's batch. Its fields are read here, where what fails is the source's. */
function ownBatch(given: HostBatch, split: SplitOfData, count?: number): HostBatch {
  const batch = typeof given === 'object' && given !== null ? {...given} : given;
  const problem = batchProblem(batch, count);
  if (problem) throw new SubmissionError(`the data's ${split} split: \`read\` ${problem}`);
  return batch;
}

function isText(name: string) {
  return checking((given) => {
    if (typeof given !== 'string') throw mustGive(name, 'a string', given);
  });
}

/** What a source gives for its packing, from its own function `packed`. */
function guardedPacking(given: PackedBatches | undefined, split: SplitOfData, of: Of): PackedBatches | undefined {
  if (given === undefined) return undefined;
  const {most, take, read} = Object(given) as Partial<PackedBatches>;
  if (typeof take !== 'function' || typeof read !== 'function')
    throw mustGive(`${split}.packed`, 'nothing, or {most, take, read}, at once', given);
  if (!isCount(most) || most > MOST_PACKED)
    throw mustGive(`${split}.packed`, `an integer from 1 to ${MOST_PACKED} as most`, most);
  const isTaken = (most: number) =>
    checking((count) => {
      if (!isCount(count) || count > most)
        throw mustGive(
          `${split}.packed().take`,
          `an integer from 1 to ${most}, the examples it is asked about, at once`,
          count,
        );
    });
  return {
    most,
    take: (rows, position) => guard(of('packed take'), take.bind(given), isTaken(rows.length))(rows, position),
    read: guard(of('packed read', true), read.bind(given), (batch) => ownBatch(batch, split)),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
