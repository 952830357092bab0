import {expect, test, vi} from 'vitest';
import {leakWatch} from '../../src/training/leak.js';
import type {TrialRecord} from '../../src/training/trial-types.js';

/** How many tensors there are. */
const engine = vi.hoisted(() => ({tensors: 0}));
vi.mock('../../src/engine/index.js', () => ({tensorCount: () => engine.tensors}));

/** The events of steps after which there are so many tensors. */
function eventsOf(tensorsAfter: (globalStep: number) => number, steps: number, from = 1) {
  const events: Parameters<TrialRecord['event']>[] = [];
  const record = {event: (...event: Parameters<TrialRecord['event']>) => void events.push(event)};
  const look = leakWatch({record, config: {submission: 'mine.ts'}} as never);
  for (let globalStep = from; globalStep <= steps; globalStep++) {
    engine.tensors = tensorsAfter(globalStep);
    look(globalStep);
  }
  return events;
}

test('steps that leak are an event, once, as soon as 200 steps show it', () => {
  const message =
    'each step leaks about 3 tensors, which will fill the memory; `algoperf-ts submissions check mine.ts` shows where they are created';
  const found = eventsOf((globalStep) => 50 + 3 * globalStep, 1000);
  expect(found).toEqual([[300, {name: 'tensor_leak', message, data: {tensors: 950}}]]);
  // From the first count of this process on.
  expect(eventsOf((globalStep) => 50 + 3 * globalStep, 1000, 601)).toMatchObject([[900, {}]]);
  expect(eventsOf((globalStep) => 50 + 3 * globalStep, 299)).toEqual([]);
});

test('one tensor in two steps is a leak, and fewer are not', () => {
  expect(eventsOf((globalStep) => globalStep / 2, 300)).toMatchObject([[300, {data: {tensors: 150}}]]);
  expect(eventsOf((globalStep) => globalStep * 0.49, 2000)).toEqual([]);
});

test('what grows for a while only, or between counts, is no leak', () => {
  expect(eventsOf((globalStep) => Math.min(globalStep, 150), 2000)).toEqual([]);
  expect(eventsOf((globalStep) => (globalStep % 100 === 0 ? 0 : 10_000), 2000)).toEqual([]);
});

test('a leak that begins late is found all the same', () => {
  const found = eventsOf((globalStep) => Math.max(0, globalStep - 400), 2000);
  // Half a tensor a step, seen from the first count: (s - 400) / (s - 100) = 1/2.
  expect(found).toMatchObject([[700, {message: expect.stringContaining('about 1 tensors')}]]);
});
