import {expect, test} from 'vitest';
import {metricNames, splitsOf} from '../../src/metrics/index.js';

const metrics = {accuracy: 'maximize', loss: 'minimize'} as const;
const examples = {train: 8, evalTrain: 4, validation: 4};

test('a workload with a test split is evaluated on three, by the names of AlgoPerf and in its order', () => {
  const workload = {examples: {...examples, test: 2}, metrics};
  expect(splitsOf(workload)).toEqual(['train', 'validation', 'test']);
  expect(metricNames(workload)).toEqual([
    ...['train/accuracy', 'train/loss'],
    ...['validation/accuracy', 'validation/loss', 'validation/num_examples'],
    ...['test/accuracy', 'test/loss', 'test/num_examples'],
  ]);
});

test('one without is evaluated on two', () => {
  expect(splitsOf({examples})).toEqual(['train', 'validation']);
  expect(metricNames({examples, metrics: {loss: 'minimize'}})).toEqual([
    ...['train/loss', 'validation/loss', 'validation/num_examples'],
  ]);
});
