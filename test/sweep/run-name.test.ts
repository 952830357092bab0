import {expect, test} from 'vitest';
import type {Json} from '../../src/contract/index.js';
import {runName} from '../../src/sweep/run-name.js';

const nameOf = (settings: {[key: string]: Json}) =>
  runName(Object.entries(settings).map(([key, value]) => ({key, value})));

test.each<[{[key: string]: Json}, string]>([
  [{learning_rate: 0.001, 'reset.method': 'reinit', seed: 2}, 'learning_rate=0.001,method=reinit,seed=2'],
  [{'schedule.alter_decays': [0, 0.002, -0.001]}, 'alter_decays=0+0.002+-0.001'],
  [{'schedule.decay_schedule_fns': ['cosine', 'cosine', 'cosine']}, 'decay_schedule_fns=3xcosine'],
  [{a: []}, 'a=+'],
  [{a: [1]}, 'a=1+'],
  [{a: null, b: true}, 'a=null,b=true'],
  [{'a.x': 1, 'b.x': 2}, 'a.x=1,b.x=2'],
  [{'schedule.alter_decays[1]': 1e-7}, 'alter_decays.1=1e-7'],
  [{}, 'run'],
])('%j is %s', (settings, name) => expect(nameOf(settings)).toBe(name));

test.each<[{[key: string]: Json}, RegExp]>([
  [{learning_rate: 0.0017486387539278373, seed: 1}, /^learning_rate=0\.001749,seed=1,[0-9a-f]{8}$/],
  [{submission: './mine.ts'}, /^submission=mine\.ts,[0-9a-f]{8}$/],
  [{schedule: {budget_steps: 3}}, /^schedule=_budget_steps_3_,[0-9a-f]{8}$/],
  [{x: Array.from({length: 99}, (_, i) => i)}, /^x=0\+1\+.{114},[0-9a-f]{8}$/],
])('%j ends in digits made from all of it', (settings, name) => expect(nameOf(settings)).toMatch(name));

test('settings that are written alike have other names', () => {
  const alike: Json[] = [
    1,
    '1',
    [1],
    ['1'],
    [[1]],
    'null',
    null,
    true,
    'true',
    {},
    '{}',
    'a+b',
    ['a', 'b'],
    '2x1',
    [1, 1],
    ['1', '1'],
    'a b',
    'a_b',
    1 + 1e-12,
  ];
  expect(new Set(alike.map((a) => nameOf({a}))).size).toBe(alike.length);
});

test('a name is one part of a path', () => {
  expect(nameOf({a: '../x/\n', b: '~/.ssh'})).toMatch(/^a=\.\._x_,b=_\.ssh,[0-9a-f]{8}$/);
});
