import {expect, test} from 'vitest';
import {roundedExp, roundedLog} from '../../src/support/index.js';

// Python's math.exp and math.log.
test.each([
  [4.322824199154375, 75.40127609098941],
  [-0.6666666666666667, 0.513417119032592],
  [-100, 3.720075976020836e-44],
  [-2000, 0],
  [0, 1],
])('exp %d', (x, value) => expect(roundedExp(x)).toBe(value));

test.each([
  [0.3, -1.2039728043259361],
  [0.001, -6.907755278982137],
  [1, 0],
  [72.72727272727273, 4.286716454869556],
])('log %d', (x, value) => expect(roundedLog(x)).toBe(value));
