import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, describe, expect, test} from 'vitest';
import {algoperfTargets} from '../../src/pool/algoperf-targets.js';
import {parseRelaxation, relaxedTargets} from '../../src/pool/relaxation.js';
import {readTargets} from '../../src/pool/targets-file.js';
import {scratch} from './folders.js';

const root = scratch();
afterAll(() => root.remove());

function file(text: string): string {
  const path = join(root.path, 'targets.json');
  writeFileSync(path, text);
  return path;
}

const WHOLE = `{
  "_comment": "any",
  "benchmark_version": "0.6",
  "base_workloads": ["wmt", "mine"],
  "held_out_workloads": ["wmt_post_ln"],
  "workloads": {
    "wmt": {"target_metric_name": "bleu", "validation_target_value": 30.8, "step_hint": 120000},
    "wmt_post_ln": {"target_metric_name": "bleu", "validation_target_value": 30.0, "step_hint": 120000},
    "mine": {
      "target_metric_name": "regret",
      "validation_target_value": 0.1,
      "target_metric_goal": "minimize",
      "max_allowed_runtime_sec": 60,
      "target_is_inclusive": false
    }
  }
}`;

describe("a file in AlgoPerf's form", () => {
  test('is read', () => {
    const {workloads, base, heldOut} = readTargets(file(WHOLE));
    expect([base, heldOut]).toEqual([['wmt', 'mine'], ['wmt_post_ln']]);
    expect(workloads.get('wmt')).toEqual({metric: 'bleu', goal: 'maximize', value: 30.8, inclusive: true});
    expect(workloads.get('mine')).toEqual({
      metric: 'regret',
      goal: 'minimize',
      value: 0.1,
      inclusive: false,
      limitSeconds: 60,
    });
  });

  test.each([
    ['not even JSON', '{"a": ', /targets\.json:1:\d+: not valid YAML/],
    ['a list', '[]', 'targets.json:1:1: must be a mapping with base_workloads and workloads, found []'],
    ['nothing', '', 'targets.json:1:1: must be a mapping with base_workloads and workloads, found nothing'],
    ['a word', 'word', 'targets.json:1:1: must be a mapping with base_workloads and workloads, found "word"'],
    ['no base workloads', '{"workloads": {}}', 'targets.json:1:1: base_workloads: is missing'],
    [
      'none of them',
      '{"base_workloads": [], "workloads": {}}',
      'targets.json:1:2: base_workloads: must name at least one workload, found []',
    ],
    [
      'a base workload without a target',
      WHOLE.replace('"mine"]', '"yours"]'),
      'targets.json:4:29: base_workloads[1]: "yours" is not among workloads',
    ],
    [
      'a held-out one of no base',
      WHOLE.replace('["wmt_post_ln"]', '["mine2"]').replace('"wmt_post_ln":', '"mine2":'),
      'held_out_workloads[0]: "mine2" has the name of no base workload before its own',
    ],
    [
      'a key that is mistyped',
      WHOLE.replace('max_allowed_runtime_sec', 'max_allowed_runtime_secs'),
      'workloads.mine.max_allowed_runtime_secs: there is no such key; did you mean `max_allowed_runtime_sec`?',
    ],
    [
      'a target that is a text',
      WHOLE.replace('30.8', '"high"'),
      'targets.json:7:70: workloads.wmt.validation_target_value: must be a number, found "high"',
    ],
    [
      'a goal that is none',
      WHOLE.replace('"minimize"', '"less"'),
      'workloads.mine.target_metric_goal: must be one of minimize, maximize, found "less"',
    ],
    [
      'a metric whose goal is not known',
      WHOLE.replace('"target_metric_goal": "minimize",', ''),
      `targets.json:9:5: workloads.mine: must have target_metric_goal, minimize or maximize: AlgoPerf has no metric "regret"`,
    ],
    [
      'a metric of a name that objects have',
      WHOLE.replace('"target_metric_goal": "minimize",', '').replace('"regret"', '"constructor"'),
      'AlgoPerf has no metric "constructor"',
    ],
  ])('with %s is refused', (_, text, message) => {
    expect(() => readTargets(file(text))).toThrow(message);
  });

  test('all mistakes come at once', () => {
    const text = WHOLE.replace('30.8', '"high"').replace('"minimize"', '"less"');
    expect(() => readTargets(file(text))).toThrow(/wmt\.validation_target_value.*\n.*mine\.target_metric_goal/);
  });
});

test("AlgoPerf's own targets: eight base workloads in 0.6, the language model besides in 1.0", () => {
  expect(algoperfTargets('0.6').base.length).toBe(8);
  expect(algoperfTargets('0.6').workloads.has('finewebedu_lm')).toBe(false);
  expect(algoperfTargets('1.0').base.length).toBe(9);
  expect(algoperfTargets('1.0').workloads.get('finewebedu_lm')).toEqual({
    metric: 'ppl',
    goal: 'minimize',
    value: 22.2995,
    inclusive: true,
  });
});

describe('relaxations', () => {
  const targets = new Map(
    ['wmt', 'wmt_post_ln', 'ogbg'].map((name) => [name, {goal: 'maximize', value: 100, inclusive: true} as const]),
  );
  const values = (text: string) => [...relaxedTargets(targets, parseRelaxation(text))].map(([, {value}]) => value);

  test.each([
    ['all=.1', [90, 90, 90]],
    ['wmt=.1', [90, 90, 100]],
    ['wmt_post_ln=.1', [100, 90, 100]],
    ['all=.1,wmt=.05', [95, 95, 90]],
    ['wmt=.05, all=.1', [90, 90, 90]],
    ['all=0.1,wmt_post_ln=0', [90, 100, 90]],
    [' all = 0.1 ', [90, 90, 90]],
  ])('%s', (text, expected) => expect(values(text)).toEqual(expected));

  test.each([
    ['wmt', "--relax: 'wmt' must be <workload>=<fraction>, such as all=.1,wmt=.05"],
    ['all=', 'must be <workload>=<fraction>'],
    ['a=b=.1', 'must be <workload>=<fraction>'],
    ['=.1', 'must be <workload>=<fraction>'],
    ['', 'must be <workload>=<fraction>'],
    ['all=1', "--relax: all: must be a fraction of at least 0 and below 1, got '1'"],
    ['all=-.1', "got '-.1'"],
    ['all=ten', "got 'ten'"],
    ['all=.1,all=.2', '--relax: all is named twice'],
    ['wmd=.1', "--relax: 'wmd' is none of the workloads that are scored; did you mean `wmt`?"],
    ['criteo1tb=.1', 'there are: all, wmt, wmt_post_ln, ogbg'],
  ])('%j is refused', (text, message) => expect(() => values(text)).toThrow(message));
});
