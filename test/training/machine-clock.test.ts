import {expect, test} from 'vitest';
import {clockDisagreement, readClocks} from '../../src/training/machine-clock.js';

test.each([
  [1.2, 0.5, undefined],
  [100, 98.95, undefined],
  [100, 98.8, '98.8 s'],
  [100, 101.2, '101.2 s'],
])('between two readings %f s apart, a clock that counts %f s', (machine, own, words) => {
  const found = clockDisagreement({process: 3, machine: 7}, {process: 3 + own, machine: 7 + machine});
  if (words === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(words);
});

test("without the machine's clock there is nothing to compare with", () => {
  expect(clockDisagreement({process: 0, machine: undefined}, {process: 1, machine: undefined})).toBeUndefined();
});

test('the clocks of one reading and the next agree', () => {
  const [begin, end] = [readClocks(), readClocks()];
  expect(end.process).toBeGreaterThanOrEqual(begin.process);
  expect(end.machine ?? 0).toBeGreaterThanOrEqual(begin.machine ?? 0);
  expect(clockDisagreement(begin, end)).toBeUndefined();
});
