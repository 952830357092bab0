import {expect, test} from 'vitest';
import {trialSeed} from '../../src/tuning/index.js';

test('seeds are those of this test forever: runs that were started must find theirs again', () => {
  expect(trialSeed({seed: 1, study: 1, workload: 'mnist', trial: 1})).toBe(5126741813930216);
});

test('no two trials of a score share a seed', () => {
  const seeds = [0, 1, 2 ** 53 - 1].flatMap((seed) =>
    ['mnist', 'cifar'].flatMap((workload) =>
      [1, 2, 3].flatMap((study) =>
        Array.from({length: 200}, (_, i) => trialSeed({seed, study, workload, trial: i + 1})),
      ),
    ),
  );
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
});
