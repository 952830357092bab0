import {uptime} from 'node:os';
import {expect, test} from 'vitest';
import {clockDisagreement, readClocks} from '../../src/training/machine-clock.js';

test.each([
  [1.2, 0.5, undefined],
  [100, 98.95, undefined],
  [100, 98.8, '98.8 s'],
  [100, 101.2, '101.2 s'],
  [1000, 1002, undefined],
])('between two readings %f s apart, a clock that counts %f s', (machine, own, words) => {
  const found = clockDisagreement({process: 3, machine: 7}, {process: 3 + own, machine: 7 + machine});
  if (words === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(words);
});

test("without the machine's clock there is nothing to compare with", () => {
  expect(clockDisagreement({process: 0, machine: undefined}, {process: 1, machine: undefined})).toBeUndefined();
  expect(clockDisagreement({process: 0, machine: undefined}, {process: 1, machine: 60})).toBeUndefined();
  expect(clockDisagreement({process: 0, machine: 60}, {process: 1, machine: undefined})).toBeUndefined();
});

test('the clocks of one reading and the next agree', () => {
  const [begin, end] = [readClocks(), readClocks()];
  expect(end.process).toBeGreaterThanOrEqual(begin.process);
  expect(end.machine ?? 0).toBeGreaterThanOrEqual(begin.machine ?? 0);
  expect(clockDisagreement(begin, end)).toBeUndefined();
});

test.runIf(process.platform === 'linux')("the machine's clock says how long it has been up", () => {
  const [before, {machine}, after] = [uptime(), readClocks(), uptime()];
  // One of them may be cut to whole hundredths.
  expect(machine).toBeGreaterThan(before - 1);
  expect(machine).toBeLessThan(after + 1);
});
