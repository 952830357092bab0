import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {targetRuleOf} from '../../src/metrics/index.js';
import {
  codeDifferences,
  comparedRun,
  groupsOf,
  hashesOf,
  importDifferences,
  type ListedRun,
  latestHashes,
  mergedImports,
  metaData,
  readEvents,
  reasonsSoFar,
  resetsOf,
  sourceFiles,
} from '../../src/runs/index.js';
import {readProcessFiles} from '../../src/runs/process-files.js';
import {readTargetRule, targetFacts, targetRuleIn} from '../../src/runs/target-facts.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';
import {userCode} from '../helpers/user-code.js';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

describe("the user's own code", () => {
  const code = userCode('submission', {
    'mine.ts': '1',
    '../shared/steps.ts': '2',
    'parent/a.ts': '3',
    'parent~/b.ts': '4',
  });

  test('is kept by kind and process, with folders above it as `parent`, which its own are not mixed up with', () => {
    expect(sourceFiles([code, {...code, kind: 'workload'}], 3)).toEqual(
      Object.fromEntries(
        ['submission_3', 'workload_3'].flatMap((place) => [
          [join('source', place, 'mine.ts'), Buffer.from('1')],
          [join('source', place, 'parent/shared/steps.ts'), Buffer.from('2')],
          [join('source', place, 'parent~/a.ts'), Buffer.from('3')],
          [join('source', place, 'parent~~/b.ts'), Buffer.from('4')],
        ]),
      ),
    );
  });

  test('is compared by its hashes', () => {
    const hashes = hashesOf(code.files);
    expect(hashes['mine.ts']).toBe(createHash('sha256').update('1').digest('hex'));
    expect(codeDifferences(hashes, hashes)).toEqual([]);
    expect(codeDifferences(undefined, undefined)).toEqual([]);
    expect(codeDifferences({b: '1', a: '1', d: '1'}, {c: '1', a: '2', d: '1'})).toEqual([
      'a: changed',
      'b: no longer there',
      'c: added',
    ]);
  });

  test('gets the same files by the same names, or the others are told', () => {
    const before = {'a.ts': {'#x': 'x.ts', './y.ts': 'y.ts'}, 'b.ts': {'#x': 'x.ts'}};
    expect(importDifferences(before, before)).toEqual([]);
    expect(importDifferences(undefined, undefined)).toEqual([]);
    expect(importDifferences(before, {'a.ts': {'#x': 'z.ts', '#new': 'y.ts'}, 'c.ts': {'#x': 'z.ts'}})).toEqual([
      "a.ts: gets z.ts by '#x', and got x.ts",
    ]);
    expect(mergedImports([before, {'a.ts': {'#x': 'z.ts'}, 'c.ts': {}}])).toEqual({
      ...{'a.ts': {'#x': 'z.ts', './y.ts': 'y.ts'}, 'b.ts': {'#x': 'x.ts'}, 'c.ts': {}},
    });
  });

  test('of a run is that of its latest process; the reasons of all its processes count, each once', () => {
    write('meta_data_2.json', {'submission.sha256': {a: 'old'}, not_official_because: ['first', 'both']});
    write('meta_data_10.json', {'submission.sha256': {a: 'new'}, not_official_because: ['both', 'last']});
    write('meta_data_x.json', '');
    write('old_meta_data_11.json', '');
    expect(latestHashes(folder)).toEqual({'submission.sha256': {a: 'new'}});
    expect(reasonsSoFar(folder)).toEqual(['first', 'both', 'last']);
    write('meta_data_11.json', {});
    expect(latestHashes(folder)).toEqual({});
    expect(reasonsSoFar(folder)).toEqual(['first', 'both', 'last']);
    write('meta_data_12.json', '{"torn');
    expect(() => reasonsSoFar(folder)).toThrow(
      `${join(folder, 'meta_data_12.json')}: what the run was made with can't be read from it (`,
    );
  });
});

test("the files of a run's processes are read in their order, one that is torn as null", () => {
  write('flags_10.json', {a: 10});
  write('flags_2.json', {a: 2});
  write('flags_3.json', '{"torn');
  write('meta_data_0.json', {});
  expect(readProcessFiles(folder, 'flags')).toEqual([
    {name: 'flags_2.json', content: {a: 2}},
    {name: 'flags_3.json', content: null},
    {name: 'flags_10.json', content: {a: 10}},
  ]);
});

describe('events', () => {
  test('are read line by line; damaged lines are counted, a torn last one is not', () => {
    expect(readEvents(folder)).toEqual({events: [], damagedLines: []});
    const event = {event: 'reset', global_step: 3};
    write('events.jsonl', `${JSON.stringify(event)}\n\n{"event":1,"global_step":2}\n7\n{"event":"x"}\n}\n{"event":"to`);
    expect(readEvents(folder)).toEqual({events: [event], damagedLines: [3, 4, 5, 6]});
  });

  test('say why something was reset', () => {
    const reset = (more: object) => ({event: 'reset', global_step: 5, ...more});
    const events = [{event: 'evaluation', global_step: 1}, reset({}), reset({cause: 'boundary', cycle: 1})];
    expect(resetsOf([...events, reset({cause: 'divergence', cycle: 2}), reset({cause: 'plateau'})])).toEqual([
      {step: 5, cause: ''},
      {step: 5, cause: 'boundary'},
      {step: 5, cause: 'cycle 2 stopped: divergence'},
      {step: 5, cause: 'plateau'},
    ]);
  });
});

describe("a target's rule", () => {
  const rule = targetRuleOf(tinyWorkload);

  test('is read as it was written', () => {
    expect(targetRuleIn(targetFacts(rule))).toEqual(rule);
    const {test: _, ...withoutTest} = {...rule, inclusive: true, goal: 'minimize' as const};
    expect(targetRuleIn(targetFacts(withoutTest))).toEqual(withoutTest);
    expect(readTargetRule(folder)).toBeUndefined();
    write('meta_data_0.json', targetFacts(rule));
    expect(readTargetRule(folder)).toEqual(rule);
  });

  test.each(['target_metric_name', 'target_goal', 'loss_metric_name', 'validation_target_value'])(
    'is none without its %s',
    (name) => {
      expect(targetRuleIn({...targetFacts(rule), [`workload.${name}`]: null})).toBeUndefined();
    },
  );
});

test('what a process records of its run, its workload and its machine', () => {
  const facts = {
    workload: tinyWorkload,
    rngSeed: 4,
    backend: 'wasm',
    device: 'cpu',
    dataSource: 'here',
    dataSha256: 'abc',
    exampleCounts: {train: 10, validation: 5},
    notOfficial: [],
    code: [userCode('submission', {'mine.ts': '1'}, {imports: {'mine.ts': {'#mine': 'mine.ts'}}})],
    version: '1.2.3',
  } as const;
  const meta = metaData(facts);
  expect(meta).toMatchObject({
    ...{official: true, not_official_because: [], rng_seed: 4, backend: 'wasm', algoperf_ts_version: '1.2.3'},
    'workload.name': 'tiny',
    ...targetFacts(targetRuleOf(tinyWorkload)),
    'workload.step_hint': 300,
    'workload.max_allowed_runtime_sec': 60,
    'workload.eval_period_time_sec': 10,
    'workload.eval_batch_size': 10,
    'workload.num_train_examples': 10,
    'workload.num_validation_examples': 5,
    'workload.num_test_examples': null,
    device: 'cpu',
    'gpu.count': expect.any(Number),
    ...{data_source: 'here', data_sha256: 'abc', node_version: process.version},
    'submission.sha256': {'mine.ts': createHash('sha256').update('1').digest('hex')},
    'submission.code': {
      folder: '/code',
      cwd: process.cwd(),
      modules: {'./mine.ts': 'mine.ts'},
      imports: {'mine.ts': {'#mine': 'mine.ts'}},
    },
  });
  expect(meta).not.toHaveProperty('tuning_ruleset');
  expect(Math.abs(Date.parse(meta.begun as string) - Date.now())).toBeLessThan(3600e3);
  expect(
    metaData({
      ...facts,
      notOfficial: ['of a clock'],
      exampleCounts: {train: 1, validation: 2, test: 3},
      tuning: {ruleset: 'self', seed: 9, study: 2, trial: 5},
    }),
  ).toMatchObject({
    ...{official: false, not_official_because: ['of a clock'], 'workload.num_test_examples': 3},
    ...{tuning_ruleset: 'self', tuning_rng_seed: 9, study: 2, trial: 5},
  });
});

describe('runs beside one another', () => {
  test('have their evaluations, resets and early stops', () => {
    write('meta_data_0.json', targetFacts(targetRuleOf(tinyWorkload)));
    write('eval_measurements.csv', 'global_step,accumulated_submission_time,validation/loss\n1,0.5,2\n7,3,nan\n');
    const names = ['reset', 'early_stop', 'reset', 'evaluation', 'checkpoint', 'evaluation'];
    write('events.jsonl', names.map((event) => `${JSON.stringify({event, global_step: 1})}\n`).join(''));
    const run = {path: folder} as ListedRun;
    expect(comparedRun(run)).toEqual({
      run,
      target: targetRuleOf(tinyWorkload),
      evaluations: [
        {step: 1, seconds: 0.5, metrics: {global_step: 1, accumulated_submission_time: 0.5, 'validation/loss': 2}},
        {step: 7, seconds: 3, metrics: {global_step: 7, accumulated_submission_time: 3, 'validation/loss': Number.NaN}},
      ],
      ...{resets: 2, earlyStops: 1},
    });
  });

  test('are grouped where they differ in nothing but their seeds', () => {
    const run = (config: object, more: object = {}) =>
      ({run: {path: folder, workload: 'mnist', backend: 'wasm', config, ...more}}) as never;
    const groups = groupsOf([run({a: 1}), run({a: 2}), run({a: 1}), run({a: 1}, {backend: 'tensorflow'})]);
    expect(groups.map(({name, runs}) => [name, runs.length])).toEqual([
      ['A', 2],
      ['B', 1],
      ['C', 1],
    ]);
    expect(groups[0]!.settings).toEqual({workload: 'mnist', backend: 'wasm', a: 1});
    write('meta_data_0.json', {'schedules.sha256': {'s.ts': 'x'}});
    expect(groupsOf([run({})])[0]!.settings).toMatchObject({'schedules.sha256': {'s.ts': 'x'}});
    const many = groupsOf(Array.from({length: 53}, (_, a) => run({a})));
    expect([0, 25, 26, 51, 52].map((i) => many[i]!.name)).toEqual(['A', 'Z', 'AA', 'AZ', 'BA']);
  });
});
