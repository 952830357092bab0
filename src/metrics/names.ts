import type {Workload} from '../contract/index.js';

/** Parts of a workload's data on which metrics are computed. */
export type Split = 'train' | 'validation' | 'test';

/** The splits that are evaluated, in their order; not every workload has a test split. */
export function splitsOf({examples}: Pick<Workload, 'examples'>): readonly Split[] {
  return examples.test === undefined ? ['train', 'validation'] : ['train', 'validation', 'test'];
}

/** What an evaluation gives, by AlgoPerf's names and in its order: `train/accuracy`, `validation/loss`, `test/num_examples`. */
export function metricNames(workload: Pick<Workload, 'examples' | 'metrics'>): readonly string[] {
  return splitsOf(workload).flatMap((split) => [
    ...Object.keys(workload.metrics).map((metric) => `${split}/${metric}`),
    ...(split === 'train' ? [] : [`${split}/num_examples`]),
  ]);
}
