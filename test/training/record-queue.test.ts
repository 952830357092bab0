import {expect, test} from 'vitest';
import {createRecordQueue} from '../../src/training/record-queue.js';

test('what is recorded is written when it is flushed, in order, once; pictures are counted on', async () => {
  const written: unknown[] = [];
  const queue = createRecordQueue(
    {
      schedule: async (globalStep, plotNumber) => void written.push(['schedule', globalStep, plotNumber]),
      scalars: (globalStep, values) => void written.push(['scalars', globalStep, values]),
      event: (globalStep, {name}) => void written.push(['event', globalStep, name]),
      row: (table, globalStep, values) => void written.push(['row', table, globalStep, values]),
    },
    3,
  );
  const drawing = {learningRate: () => 1, totalSteps: 1, cycles: []};
  const {recorder} = queue;
  expect(recorder.schedule(drawing)).toBe(3);
  recorder.scalars(1, {rate: 2});
  recorder.event(2, {name: 'reset', message: ''});
  recorder.row('rows.csv', 3, {x: 4});
  expect(recorder.schedule(drawing)).toBe(4);
  expect([written, queue.plotCount()]).toEqual([[], 5]);
  await queue.flush(9);
  await queue.flush(10);
  expect(written).toEqual([
    ['schedule', 9, 3],
    ['scalars', 1, {rate: 2}],
    ['event', 2, 'reset'],
    ['row', 'rows.csv', 3, {x: 4}],
    ['schedule', 9, 4],
  ]);
});

test('what is recorded while it is flushed waits for the next time', async () => {
  const written: number[] = [];
  const none = () => {};
  const {recorder, flush} = createRecordQueue({
    schedule: async () => {},
    scalars(globalStep) {
      written.push(globalStep);
      if (globalStep === 1) recorder.scalars(2, {});
    },
    ...{event: none, row: none},
  });
  recorder.scalars(1, {});
  await flush(1);
  expect(written).toEqual([1]);
  await flush(1);
  expect(written).toEqual([1, 2]);
});
