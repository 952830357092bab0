import {describe, expect, test} from 'vitest';
import {newtonSteps} from '../../src/optimizers/inverse-root.js';

/** What the steps make of an eigenvalue, and of the root's, in float64. */
function iterated(x: number, p: number, ridge: number): {value: number; root: number} {
  return newtonSteps(p, ridge).reduce(
    ({value, root}, {shift, factor}) => {
      const t = factor * (shift - value);
      return {value: t ** p * value, root: root * t};
    },
    {value: x, root: 1},
  );
}

describe('the iteration for an inverse root', () => {
  test.each([
    [1, 1e-6],
    [2, 1e-6],
    [4, 1e-6],
    [6, 1e-3],
    [4, 1e-12],
    [4, 1e9],
  ])('for root %i brings every eigenvalue from %d to 1 to 1', (p, ridge) => {
    const least = Math.min(ridge / (1 + ridge), 0.5);
    for (let i = 0; i <= 200; i++) {
      const x = least ** (i / 200);
      const {value, root} = iterated(x, p, ridge);
      expect(Math.abs(value - 1)).toBeLessThan(1e-6);
      expect(Math.abs(root * x ** (1 / p) - 1)).toBeLessThan(1e-6);
    }
  });

  test('takes about half as many steps as by Newton alone, of which the last are', () => {
    const steps = newtonSteps(4, 1e-6);
    expect(steps.length).toBeLessThanOrEqual(11);
    expect(steps.at(-1)!.shift).toBeCloseTo(5, 1);
  });

  test('no step takes more than four fifths of the largest eigenvalue', () => {
    for (const {shift, factor} of newtonSteps(4, 1e-6)) expect((factor * (shift - 1)) ** 4).toBeGreaterThan(0.199);
  });
});
