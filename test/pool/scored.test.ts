import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {scoreRuns} from '../../src/pool/index.js';
import {TAU} from '../../src/scoring/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';
import {writeTable} from './folders.js';

/** `a` reaches wmt's target at 10 s in each of two studies, `b` at 20 s. */
function pool(): string {
  const folder = temporaryFolder();
  for (const [name, seconds] of Object.entries({a: 10, b: 20}))
    for (const study of [0, 1]) writeTable(folder, `${name}/study_${study}/wmt_jax/trial_1`, 'bleu', [[seconds, 31]]);
  return folder;
}

test('a score has its profile as steps, or at the points of AlgoPerf', async () => {
  const dirs = [pool()];
  const written = await scoreRuns({dirs});
  expect(written.scores.map(({profile}) => profile)).toEqual([[{tau: 1, share: 1}], [{tau: 2, share: 1}]]);
  expect([written.rules, written.by, written.relaxSweep, written.relaxed]).toEqual(['written', 'time', null, null]);
  const compat = await scoreRuns({dirs, rules: '1.0', workloads: ['wmt']});
  expect(compat.scores[1]!.profile).toEqual(TAU.map((tau) => ({tau, share: tau >= 2 ? 1 : 0})));
  const eighths = await scoreRuns({dirs, rules: '0.6', workloads: ['wmt']});
  expect(eighths.scores[0]!.profile[0]).toEqual({tau: 1, share: 1 / 8});
});

test('differences are from the code whose targets or rules they are', async () => {
  const dirs = [pool()];
  const codes = await Promise.all(
    [{}, {targets: '1.0'}, {targets: '0.6'}, {rules: '0.6'} as const, {rules: '1.0'} as const].map(async (options) => {
      const {comparedWith, differences} = await scoreRuns({dirs, workloads: ['wmt'], ...options});
      return [comparedWith, differences.length > 0];
    }),
  );
  expect(codes).toEqual([
    ['1.0', true],
    ['1.0', true],
    ['0.6', true],
    ['0.6', false],
    ['1.0', false],
  ]);
});

test('intervals are there where they are asked for', async () => {
  const dirs = [pool()];
  expect((await scoreRuns({dirs})).scores.map(({intervals}) => intervals)).toEqual([null, null]);
  const {scores} = await scoreRuns({dirs, intervals: {resamples: 100}});
  expect(scores.map(({intervals}) => intervals?.times.wmt)).toEqual([
    {low: 10, high: 10},
    {low: 20, high: 20},
  ]);
});

test('a target has its source', async () => {
  const dirs = [pool()];
  const sourceOf = async (options: object) => (await scoreRuns({dirs, ...options})).targets.wmt!.source;
  expect(await sourceOf({})).toMatch(/^(workload|AlgoPerf 1\.0)$/);
  expect(await sourceOf({targets: '1.0'})).toBe('AlgoPerf 1.0');
  expect(await sourceOf({targets: '0.6'})).toBe('AlgoPerf 0.6');
  const file = join(dirs[0]!, 'targets.json');
  const workloads = {wmt: {target_metric_name: 'bleu', validation_target_value: 3}};
  writeFileSync(file, JSON.stringify({base_workloads: ['wmt'], workloads}));
  expect(await sourceOf({targets: file})).toBe(file);
});

/** Runs of mnist of one submission, which say of themselves what `official` has, and whether they tune themselves. */
function ours(official: readonly (boolean | undefined)[], ruleset?: string): string {
  const folder = temporaryFolder();
  for (const [i, isOfficial] of official.entries()) {
    const path = writeRun(folder, {experiment: 'a', study: i + 1, accuracies: [0.99]});
    const change = (name: string, more: object) => {
      const file = join(path, name);
      writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), ...more}));
    };
    change('result.json', {official: isOfficial});
    // Of the last run alone, which is enough.
    if (ruleset && i === official.length - 1) change('meta_data_0.json', {tuning_ruleset: ruleset});
  }
  return folder;
}

test.each<[readonly (boolean | undefined)[], boolean | null]>([
  [[true, true], true],
  [[true, false], false],
  [[undefined, false], false],
  [[true, undefined], null],
  [[undefined], null],
])('a submission whose runs say %j is official: %j', async (official, expected) => {
  expect((await scoreRuns({dirs: [ours(official)]})).scores[0]!.official).toBe(expected);
});

test('a run that tunes itself decides the ruleset, and the limit', async () => {
  const rulesetOf = async (ruleset?: string) => {
    const {tuningRuleset, targets} = await scoreRuns({dirs: [ours([true, true], ruleset)]});
    return [tuningRuleset, targets.mnist!.limitSeconds];
  };
  expect(await rulesetOf()).toEqual(['external', 60]);
  expect(await rulesetOf('external')).toEqual(['external', 60]);
  expect(await rulesetOf('self')).toEqual(['self', 90]);
});
