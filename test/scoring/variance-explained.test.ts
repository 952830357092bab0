import {expect, test} from 'vitest';
import {varianceExplained} from '../../src/scoring/index.js';
import golden from '../golden/variance_explained.json' with {type: 'json'};

test.each(golden.cases)(`the share is that of ${golden.madeBy}: $share`, ({values, outcomes, share}) => {
  expect(Math.abs(varianceExplained(values, outcomes)! - share)).toBeLessThanOrEqual(1e-12);
});

test('values that decide all explain all, and those without effect nothing', () => {
  expect(varianceExplained(['a', 'a', 'b', 'b'], [1, 1, 2, 2])).toBe(1);
  expect(varianceExplained(['a', 'a', 'b', 'b'], [1, 2, 1, 2])).toBe(0);
});

test('equal numbers stay in one group', () => {
  const values = [1, 1, 1, 1, 1, 2, 3, 4, 5, 6];
  expect(varianceExplained(values, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])).toBe(1);
});

test('few numbers, and numbers beside words, are not put together', () => {
  expect(varianceExplained([1, 1, 1, 1, 1, 1, 1, 1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 0, 5, 9])).toBe(1);
  expect(varianceExplained([1, 1, 2, 3, 4, 5, 6, 7, 'a', 'a'], [1, 1, 9, 3, 8, 2, 7, 0, 5, 5])).toBe(1);
});

test.each([
  ['one value', ['a', 'a', 'a'], [1, 2, 3]],
  ['no value of two runs', ['a', 'b', 'c'], [1, 2, 3]],
  ['no variance', ['a', 'a', 'b'], [1, 1, 1]],
])('%s explains nothing that could be told', (_, values, outcomes) => {
  expect(varianceExplained(values, outcomes)).toBeUndefined();
});

test('there is one outcome for each value', () => {
  expect(() => varianceExplained(['a'], [])).toThrow('there must be one outcome for each of 1 values, got 0');
});
