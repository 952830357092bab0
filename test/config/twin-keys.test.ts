import {expect, test} from 'vitest';
import {twinKeys} from '../../src/config/twin-keys.js';

test('keys that code has as one are reported, wherever they are', () => {
  const message = 'is the same key as `learning_rate` to a submission; keep one of them';
  expect(twinKeys({hyperparameters: {learning_rate: 1, b1: 0, learningRate: 2}})).toEqual([
    {path: ['hyperparameters', 'learningRate'], message, ofKey: true},
  ]);
  expect(twinKeys({a: [{learning_rate: 1}, {x: {learning_rate: 1, learningRate: 2}}]})).toEqual([
    {path: ['a', 1, 'x', 'learningRate'], message, ofKey: true},
  ]);
});

test('others are not', () => {
  expect(twinKeys({learning_rate: 1, learning_Rate: 2, learningrate: 3, a: {learningRate: 1}})).toEqual([]);
});
