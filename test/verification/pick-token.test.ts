import {expect, test} from 'vitest';
import {isDrawn, pickToken} from '../../src/verification/index.js';

const logits = [0, Math.log(2), Math.log(5), -Infinity];

/** How often each token comes for draws in equal steps. */
function shares(options: Parameters<typeof pickToken>[2]): number[] {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 8000; i++) counts[pickToken(logits, (i + 0.5) / 8000, options)]! += 1;
  return counts.map((each) => each / 8000);
}

function expectNear(found: readonly number[], expected: readonly number[]): void {
  for (const [i, share] of expected.entries()) expect(Math.abs(found[i]! - share)).toBeLessThan(1e-3);
}

test('tokens come as often as the softmax of their logits says, at each temperature', () => {
  expectNear(shares({temperature: 1}), [1 / 8, 2 / 8, 5 / 8, 0]);
  expectNear(shares({temperature: 0.5}), [1 / 30, 4 / 30, 25 / 30, 0]);
  expect(shares({temperature: 0})).toEqual([0, 0, 1, 0]);
});

test('of the likeliest tokens only as many as topK are drawn', () => {
  expectNear(shares({temperature: 1, topK: 2}), [0, 2 / 7, 5 / 7, 0]);
  expect(shares({temperature: 9, topK: 1})).toEqual([0, 0, 1, 0]);
  expectNear(shares({temperature: 1, topK: 99}), [1 / 8, 2 / 8, 5 / 8, 0]);
});

test('draws have an effect unless the likeliest token is always taken', () => {
  expect([{temperature: 1}, {temperature: 0.1, topK: 2}].map(isDrawn)).toEqual([true, true]);
  expect([{temperature: 0}, {temperature: 0, topK: 5}, {temperature: 1, topK: 1}].map(isDrawn)).toEqual([
    false,
    false,
    false,
  ]);
});

test('the ends of the draws give tokens that can be', () => {
  expect(pickToken(logits, 0, {temperature: 1})).toBe(2);
  expect(pickToken(logits, 1 - 2 ** -53, {temperature: 1})).toBe(0);
});
