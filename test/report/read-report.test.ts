import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {reportHtml} from '../../src/report/index.js';
import {endRun, readResult} from '../../src/runs/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';
import {dataOf, HOSTILE, writeWholeRun} from './runs.js';

const CHANGED = 'was changed after the run: its SHA-256 is not that in result.json';

describe('a run', () => {
  test('is read whole: curves, schedules, cycles, resets, the early-stopping signal, throughput', () => {
    const folder = temporaryFolder();
    writeWholeRun(folder, {experiment: 'a'});
    const [run] = dataOf(folder).runs;
    expect(run).toMatchObject({
      id: 'a/mnist_tfjs/trial_1',
      name: 'a',
      problems: [],
      seed: 5,
      backend: 'wasm',
      target: {metric: 'accuracy', goal: 'maximize', validation: 0.97, lossMetric: 'loss'},
      timeToTarget: {step: 51},
      cycles: [
        {start: 0, end: 25},
        {start: 25, end: 60},
      ],
      resets: [{step: 25, cause: 'cycle 1 stopped: divergence'}],
    });
    expect(run!.training).toEqual({steps: [1], seconds: [0.2428571], values: {grad_norm: [1.5], loss: [2.25]}});
    expect(run!.evaluations.steps).toEqual([1, 11, 21, 31, 41, 51]);
    expect(run!.evaluations.values['validation/accuracy']).toEqual([0.1, 0.8, 0.9, 0.3, 0.95, 0.98]);
    expect(run!.evaluations.values['train/loss']).toEqual(Array(6).fill(null));
    expect(Object.keys(run!.evaluations.values)).not.toContain('validation/num_examples');
    expect(run!.throughput.values['steps/s']).toEqual(Array(5).fill(7));
    expect(run!.planned!.steps.at(-1)).toBe(80);
    expect(run!.asRun!.steps.at(-1)).toBe(51);
    expect(run!.events.map(({name}) => name)).toEqual(['early_stop', 'reset']);
  });

  test('has the signal that early stops are decided by, which begins again after a reset', () => {
    const folder = temporaryFolder();
    writeWholeRun(folder, {experiment: 'a'});
    const {stopping} = dataOf(folder).runs[0]!;
    // Losses are 1 - accuracy: 0.9, 0.2, 0.1 before the reset at step 25; 0.7, 0.05, 0.02 after it.
    const close = (values: (number | null)[]) => values.map((value) => value && expect.closeTo(value, 12));
    expect(stopping!.smoothedLoss).toEqual(close([0.9, 0.34, 0.148, 0.7, 0.18, 0.052]));
    expect(stopping!.rise).toEqual(close([null, -0.56, -0.192, null, -0.52, -0.128]));
    expect(stopping!.extrapolated).toEqual(close([null, -1.9, -0.62, null, -1.9, -0.46]));
    expect(stopping!.stagnationThreshold).toEqual(close([1, 0.44, 0.248, 0.8, 0.28, 0.152]));
    expect(stopping).toMatchObject({epsilon: 0.5, recoveryTime: 4, isEnabled: true});
  });

  test.each([
    ['config.yaml', 'its settings are not known'],
    ['meta_data_0.json', 'its target and its environment are not known'],
    ['eval_measurements.csv', 'there is no evaluation yet'],
    ['measurements.csv', 'there are no training losses yet'],
    ['schedule.csv', 'the submission has recorded no schedule'],
    ['events.jsonl', 'nothing has happened yet'],
  ])('without %s is shown, with what is missing', (file, lost) => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a'});
    if (file === 'config.yaml') writeFileSync(join(path, file), '');
    else rmSync(join(path, file));
    const [run] = dataOf(folder).runs;
    const expected = file === 'config.yaml' ? `${file} can't be read` : `${file} is missing: ${lost}`;
    expect(run!.problems).toEqual([expect.stringContaining(expected)]);
    expect(run!.name).toBe('a');
  });

  test.each([
    ['eval_measurements.csv', 'global_step,"validation/accu'],
    ['measurements.csv', 'global_step,loss\n1,"2\n3,4\n'],
    ['schedule.csv', 'schedule,cycle\n0,"1\n'],
    ['events.jsonl', '{"event": \n'],
    ['meta_data_0.json', '{"rng_'],
    ['result.json', '{"status'],
  ])('with a half-written or damaged %s is shown', (file, text) => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a'});
    writeFileSync(join(path, file), text);
    expect(dataOf(folder).runs[0]).toMatchObject({name: 'a', workload: 'mnist'});
  });

  test('with a damaged line among its events says which', () => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a'});
    const events = readFileSync(join(path, 'events.jsonl'), 'utf8');
    writeFileSync(join(path, 'events.jsonl'), `not JSON\n${events}`);
    const [run] = dataOf(folder).runs;
    expect(run!.problems).toEqual(["events.jsonl: line 1 can't be read"]);
    expect(run!.resets).toHaveLength(1);
  });

  test.each<[string, (text: string) => string, string[]]>([
    [
      'eval_measurements.csv',
      (text) => text.slice(0, text.length / 2),
      ['eval_measurements.csv: its last row is cut off, and left out here', CHANGED],
    ],
    ['schedule.csv', (text) => text.slice(0, text.lastIndexOf('\n', text.length / 2) + 1), [CHANGED]],
    ['events.jsonl', () => '', [CHANGED]],
    [
      'measurements.csv',
      (text) => text.replace('\n', '\nfoo\n'),
      ['measurements.csv:2: the row has 1 cell, and the header 17', CHANGED],
    ],
    [
      'measurements.csv',
      (text) => text.slice(text.indexOf(',')),
      ['measurements.csv:1: its header has no column global_step', CHANGED],
    ],
    ['schedule.csv', (text) => text.slice(9), ['schedule.csv:2: the row has 4 cells, and the header 3', CHANGED]],
    ['hparams.json', () => '{}', [CHANGED]],
    [
      'result.json',
      (text) => text.replace('the end', 'an end'),
      ['result.json was changed after the run: its SHA-256 is not that in events.jsonl'],
    ],
  ])('that is over, and whose %s was damaged (%#), names it at the top', (file, change, problems) => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a'});
    endRun(path, readResult(path)!);
    expect(dataOf(folder).runs[0]!.problems).toEqual([]);
    writeFileSync(join(path, file), change(readFileSync(join(path, file), 'utf8')));
    const [run] = dataOf(folder).runs;
    const expected = problems.map((each) => (each === CHANGED ? `${file} ${CHANGED}` : each));
    expect([...run!.problems].sort()).toEqual(expected.sort());
    expect(run!.training.steps).not.toContain(Number.NaN);
  });

  test('whose result was taken away is not said to have been interrupted', () => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a'});
    endRun(path, readResult(path)!);
    rmSync(join(path, 'result.json'));
    expect(dataOf(folder).runs[0]!.problems).toEqual(['result.json is missing: events.jsonl has its SHA-256']);
  });

  test('without hashes says what can be seen: a cut schedule, and events that are lost', () => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a', isOver: false});
    const schedule = readFileSync(join(path, 'schedule.csv'), 'utf8');
    writeFileSync(join(path, 'schedule.csv'), schedule.slice(0, -3));
    writeFileSync(join(path, 'events.jsonl'), '');
    expect(dataOf(folder).runs[0]!.problems).toEqual([
      'result.json is missing: the run was interrupted',
      'schedule.csv: its last row is cut off, and left out here',
      'events.jsonl holds no event, and the run has evaluated: its events are lost',
    ]);
  });

  test('without a result, and whose table has lost its header, says both', () => {
    const folder = temporaryFolder();
    const path = writeWholeRun(folder, {experiment: 'a', isOver: false});
    writeFileSync(join(path, 'eval_measurements.csv'), 'global_step,"validation/accu');
    const [run] = dataOf(folder).runs;
    expect(run!.status).toBe('damaged');
    expect(run!.problems).toEqual(
      expect.arrayContaining([
        'eval_measurements.csv is empty, or its header is cut off',
        'result.json is missing: the run was interrupted',
      ]),
    );
  });

  test('that was interrupted says so', () => {
    const folder = temporaryFolder();
    writeWholeRun(folder, {experiment: 'a', isOver: false});
    expect(dataOf(folder).runs[0]!.problems).toEqual(['result.json is missing: the run was interrupted']);
  });
});

describe('runs', () => {
  test('have names that differ', () => {
    const folder = temporaryFolder();
    for (const [study, trial] of [
      [1, 1],
      [1, 2],
      [2, 1],
    ] as const)
      writeRun(folder, {experiment: 'tuned', study, trial, accuracies: [0.5]});
    writeRun(folder, {experiment: 'alone', accuracies: [0.5]});
    expect(dataOf(folder).runs.map(({name}) => name)).toEqual([
      'alone',
      'tuned: study 1, trial 1',
      'tuned: study 1, trial 2',
      'tuned: study 2, trial 1',
    ]);
  });
});

describe('the page', () => {
  test('has everything in it, and a policy that forbids the network', () => {
    const folder = temporaryFolder();
    writeWholeRun(folder, {experiment: 'a'});
    const html = reportHtml(dataOf(folder));
    expect(html).toContain("content=\"default-src 'none'; script-src 'sha256-");
    expect(html).not.toContain('connect-src');
    expect(html.replace(/<script.*?<\/script>|<style>.*?<\/style>/gs, '')).not.toMatch(/src=|href="(?!data:)/);
    expect(html).not.toMatch(/require\("|from"node:/);
  });

  test('holds hostile names as text', () => {
    const folder = temporaryFolder();
    writeWholeRun(folder, {experiment: 'a', config: {name: HOSTILE}});
    const html = reportHtml(dataOf(folder, HOSTILE));
    const data = html.slice(html.indexOf('id="data">'));
    expect(data.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toContain('<img');
    expect(html).toContain('<title>&lt;/script&gt;');
  });

  test('of one run of 4,000 evaluations is below 1.5 MB, of 100 runs below 5 MB', () => {
    const long = temporaryFolder();
    const accuracies = Array.from({length: 4000}, (_, i) => 0.9 + 0.09 * Math.sin(i) ** 2);
    writeWholeRun(long, {experiment: 'long', accuracies});
    expect(reportHtml(dataOf(long)).length).toBeLessThan(1.5e6);
    const many = temporaryFolder();
    for (let i = 1; i <= 100; i++) writeWholeRun(many, {experiment: `run-${i}`, accuracies: accuracies.slice(0, 400)});
    const data = dataOf(many);
    expect(data.runs).toHaveLength(100);
    expect(reportHtml(data).length).toBeLessThan(5e6);
  });
});
