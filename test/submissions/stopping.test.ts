import {describe, expect, test} from 'vitest';
import {causeToStop, emptyStopMetric, observeLoss, type StopMetric} from '../../src/submissions/cyclic/stopping.js';

const options = {enabled: true, epsilon: 0.1, epsilon2: 0.01, recoveryTime: 3, smoothing: 0.5};

function observe(losses: number[], smoothing = options.smoothing): StopMetric {
  return losses.reduce((metric, loss) => observeLoss(metric, loss, smoothing), emptyStopMetric);
}

describe('observeLoss', () => {
  test('takes the first loss as it is and smooths the later ones', () => {
    expect(observe([1, 0.5, 0.5]).losses).toEqual([1, 0.75, 0.625]);
  });

  test('keeps the smallest smoothed loss and the length of the list at it', () => {
    expect(observe([1, 0.5, 2, 2]).minimum).toEqual({value: 0.75, length: 2});
  });

  test('the first of equal minima stays', () => {
    expect(observe([1, 1, 1]).minimum).toEqual({value: 1, length: 1});
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is noted, not smoothed', (loss) => {
    const metric = observe([1, loss]);
    expect(metric.losses).toEqual([1]);
    expect(metric.lastLoss).toBeNull();
  });
});

describe('causeToStop', () => {
  test('makes no decision without an evaluation, nor with one', () => {
    expect(causeToStop(emptyStopMetric, options)).toBeUndefined();
    expect(causeToStop(observe([1]), options)).toBeUndefined();
  });

  test('diverges when the smoothed loss rises by more than epsilon', () => {
    expect(causeToStop(observe([1, 1.2], 1), {...options, epsilon: 0.2001})).toBeUndefined();
    expect(causeToStop(observe([1, 1.2], 1), {...options, epsilon: 0.1999})).toBe('divergence');
  });

  test('a rise of exactly epsilon is none', () => {
    expect(causeToStop(observe([1, 1.25], 1), {...options, epsilon: 0.25})).toBeUndefined();
  });

  test('stagnates once the minimum is recoveryTime evaluations old, not one sooner', () => {
    expect(causeToStop(observe([1, 1.05, 1.05], 1), options)).toBeUndefined();
    expect(causeToStop(observe([1, 1.05, 1.05, 1.05], 1), options)).toBe('stagnation');
  });

  test('does not stagnate while the loss is on its way back to the minimum', () => {
    expect(causeToStop(observe([1, 1.2, 1.15, 1.09], 1), {...options, epsilon: 1})).toBeUndefined();
  });

  test('stagnates at exactly epsilon2 above the minimum', () => {
    expect(causeToStop(observe([1, 1.25, 1.25, 1.25], 1), {...options, epsilon: 1, epsilon2: 0.25})).toBe('stagnation');
    expect(causeToStop(observe([1, 1.25, 1.25, 1.25], 1), {...options, epsilon: 1, epsilon2: 0.251})).toBeUndefined();
  });

  test('an evaluation decides once', () => {
    const metric = {...observe([1, 2], 1), fresh: false};
    expect(causeToStop(metric, options)).toBeUndefined();
  });

  test('without early stopping only a loss that is not finite ends a cycle', () => {
    expect(causeToStop(observe([1, 2], 1), {...options, enabled: false})).toBeUndefined();
    expect(causeToStop(observe([1, Number.NaN], 1), {...options, enabled: false})).toBe('diverged');
  });
});
