import {loadWorkload} from '../../../workloads/index.js';
import type {Dataset, HostBatch, NdArray, Source, Workload} from '../../contract/index.js';
import {arraySource} from '../../data/index.js';
import {SIZE} from './size.js';

const EXAMPLES = {train: 512, evalTrain: 32, validation: 48, test: 40};

type Digits = {readonly [split in 'train' | 'validation' | 'test']: HostBatch};

/** Read once: loading all of mnist takes longer than a run. */
let digitsRead: Promise<Digits> | undefined;

async function readDigits({loadData}: Workload): Promise<Digits> {
  const {train, validation, test} = await loadData(undefined);
  const read = async (source: Source, size: number): Promise<HostBatch> => {
    const batch = await source.read(Uint32Array.from({length: Math.min(size, source.size)}, (_, row) => row));
    // A copy, so that the rest can be garbage-collected.
    const copy = ({shape, dtype, data}: NdArray): NdArray => ({shape, dtype, data: data.slice()});
    return Object.fromEntries(Object.entries(batch).map(([field, array]) => [field, copy(array)]));
  };
  return {
    train: await read(train, EXAMPLES.train),
    validation: await read(validation, EXAMPLES.validation),
    test: await read(test!, EXAMPLES.test),
  };
}

/** The handwritten digits of `mnist`, some hundreds of them, with its model. */
export async function digits(): Promise<Workload> {
  const mnist = await loadWorkload('mnist');
  return {
    ...mnist,
    name: 'digits',
    summary: 'the first digits of mnist, with its model',
    ...SIZE,
    examples: EXAMPLES,
    async loadData(): Promise<Dataset> {
      digitsRead ??= readDigits(mnist);
      const {train, validation, test} = await digitsRead;
      return {
        train: arraySource(train),
        validation: arraySource(validation),
        test: arraySource(test),
        source: 'the first examples of mnist',
      };
    },
  };
}
