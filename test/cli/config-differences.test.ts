import {expect, test} from 'vitest';
import {differencesInWords} from '../../src/cli/config-differences.js';

const config = (learning_rate: number, more: object = {}) => ({
  evaluation: {every_steps: learning_rate},
  hyperparameters: {learning_rate, optimizer: 'adamw', ...more},
});

test.each([
  [
    'what shapes the schedule, short',
    [config(1 / 3), config(0.5)],
    ['a: learning_rate=0.3333', 'b: learning_rate=0.5'],
  ],
  [
    'numbers whole where four digits do not tell them apart',
    [config(0.30001), config(0.30002)],
    ['a: learning_rate=0.30001', 'b: learning_rate=0.30002'],
  ],
  ['a key that one has', [config(1), config(1, {power: [1, 2]})], ['a: power=none', 'b: power=[1, 2]']],
  [
    'other keys where nothing else differs',
    [{evaluation: {every_steps: 1}}, {evaluation: {every_steps: 2}}],
    ['a: every_steps=1', 'b: every_steps=2'],
  ],
  [
    'keys of one name by the whole of it',
    [
      {a: {x: 1}, b: {x: 1}},
      {a: {x: 2}, b: {x: 2}},
    ],
    ['a: a.x=1, b.x=1', 'b: a.x=2, b.x=2'],
  ],
])('tells %s', (_, [a, b], texts) => {
  const named = [
    {name: 'a', config: a!},
    {name: 'b', config: b!},
  ];
  expect(differencesInWords(named as never, 60)).toEqual(texts);
});

test('names as many keys as there is room for; at last the names alone, kept distinct', () => {
  const configs = [1, 2].map((value) => ({name: 'a', config: {one: value, two: value, three: value}}));
  expect(differencesInWords(configs, 25)).toEqual(['a: one=1, two=1, three=1', 'a: one=2, two=2, three=2']);
  expect(differencesInWords(configs, 23)).toEqual(['a: one=1 and 2 more', 'a: one=2 and 2 more']);
  expect(differencesInWords(configs, 5)).toEqual(['a', 'a (2)']);
  expect(differencesInWords([configs[0]!, configs[0]!], 25)).toEqual(['a', 'a (2)']);
});
