import {existsSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {writeRun} from '../helpers/run-folders.js';
import {warmTool} from '../helpers/warm-tool.js';
import {scratch, writeTable} from '../pool/folders.js';

const root = scratch();
const tool = warmTool();
const score = (...words: string[]) => tool(root.path, ['score', ...words]);

beforeAll(() => {
  writeRun(join(root.path, 'experiments'), {experiment: 'fast', accuracies: [0.9, 0.98]});
  writeRun(join(root.path, 'experiments'), {experiment: 'slow', accuracies: [0.9, 0.9, 0.98]});
  for (const name of ['x', 'y'])
    for (const study of [0, 1])
      writeTable(root.path, `logs/${name}/study_${study}/wmt_jax/trial_1`, 'bleu', [[10 + study, 31]]);
});
afterAll(() => root.remove());

test('without folders it scores the experiments', async () => {
  const {code, stdout, stderr} = await score();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^pool: 2 submissions, 2 runs on 1 workload; SHA-256 of the logs [0-9a-f]{16}\nby the written rules, by time, 1 study; targets of the workloads\n/,
  );
  expect(stdout).toMatch(/\nfast +1 +1\.0000 +1 of 1 +1 +yes\nslow +2 /);
});

test.each([
  [['--by', 'steps'], (value: Scored) => expect(value.scores[1]!.times.mnist!.median).toBe(21)],
  [['--include', 'slow'], (value: Scored) => expect(value.pool.submissions).toEqual(['slow'])],
  [['--exclude', 'slow'], (value: Scored) => expect(value.pool.submissions).toEqual(['fast'])],
  [
    ['--compat', '1.0', '--workloads', 'mnist'],
    (value: Scored) => expect([value.rules, value.targets.mnist!.source]).toEqual(['1.0', 'AlgoPerf 1.0']),
  ],
  [['--targets', '0.6'], (value: Scored) => expect(value.pool.workloads.length).toBe(8)],
  [
    ['--reference', 'slow'],
    (value: Scored) => expect([value.reference, value.scores[0]!.ratios.mnist! < 1]).toEqual(['slow', true]),
  ],
  [
    ['--speedups-over', 'slow'],
    (value: Scored) => expect([value.reference, value.speedups!.over]).toEqual([null, 'slow']),
  ],
  [
    ['--relax', 'all=.01', '--relax-sweep', '.02'],
    (value: Scored) => expect([value.relaxed!.targets.mnist, value.relaxSweep!.length]).toEqual([0.97 * 0.99, 3]),
  ],
  [['--num-studies', '2'], (value: Scored) => expect([value.numStudies, value.scores[0]!.score]).toEqual([2, 0])],
  [['--tuning-ruleset', 'self'], (value: Scored) => expect(value.targets.mnist!.limitSeconds).toBe(90)],
] as const)('%j', async (words, check) => {
  const {code, stdout, stderr} = await score(...words, '--json');
  expect(code, stderr).toBe(0);
  check(JSON.parse(stdout));
});

interface Scored {
  readonly pool: {readonly submissions: string[]; readonly workloads: string[]};
  readonly rules: string;
  readonly reference: string | null;
  readonly numStudies: number;
  readonly targets: {readonly [name: string]: {readonly source: string; readonly limitSeconds: number}};
  readonly speedups: {readonly over: string} | null;
  readonly relaxed: {readonly targets: {readonly [name: string]: number}} | null;
  readonly relaxSweep: readonly object[] | null;
  readonly scores: readonly {
    readonly score: number;
    readonly ratios: {readonly [name: string]: number};
    readonly times: {readonly [name: string]: {readonly median: number}};
  }[];
}

test('the seed of intervals fixes them', async () => {
  const run = (...words: string[]) =>
    score('logs', '--intervals', '--resamples', '100', ...words).then(({stdout}) => stdout);
  expect(await run('--rng-seed', '5')).toBe(await run('--rng-seed', '5'));
  expect(await run()).toContain('95 % interval');
});

test('intervals of one study: it says why there are none', async () => {
  const {code, stdout} = await score('--intervals');
  expect(code).toBe(0);
  expect(stdout).toContain(
    '\nno intervals: they are drawn from the studies of each workload, and there is one study of each',
  );
  expect((await score('logs', '--intervals')).stdout).not.toContain('no intervals');
});

test('--verify: a run that does not pass is left out, and the exit code is 4', async () => {
  // The tables of these runs were written by hand.
  const {code, stdout} = await score('--verify');
  expect(stdout).toContain('\nverified: 0 of 2 runs passed; 2 left out, counted as missed targets\n');
  expect(stdout).toMatch(/\nslow +1 +0\.0000 +0 of 1 +0 +no\n/);
  expect(stdout).toMatch(/\nnot verified +fast, mnist, trial_1 +left out: /);
  expect(code).toBe(4);
});

test('csv of one table, and every other format', async () => {
  expect((await score('logs', '--format', 'csv', '--tables', 'times')).stdout).toBe('submission,wmt\nx,10.5\ny,10.5\n');
  expect((await score('logs', '--format', 'md')).stdout).toContain('| submission | rank |');
  expect((await score('logs', '--format', 'latex')).stdout).toContain('\\begin{tabular}');
});

test('charts as PNG, SVG and PDF, whose paths are on stderr', async () => {
  const {code, stderr} = await score(
    'logs',
    '--plots',
    'charts/new',
    '--relax-sweep',
    '.01',
    '--intervals',
    '--width',
    '85mm',
  );
  expect(code).toBe(0);
  const names = ['profiles', 'times', 'relaxation'].flatMap((name) =>
    ['png', 'svg', 'pdf'].map((kind) => `${name}.${kind}`),
  );
  expect(stderr.trim().split('\n')).toEqual(names.map((name) => `charts/new/${name}`));
  expect(readdirSync(join(root.path, 'charts/new')).sort()).toEqual([...names].sort());
  expect(readFileSync(join(root.path, 'charts/new/times.svg'), 'utf8')).toContain('width="85mm"');
});

test('of very many submissions the best are drawn', async () => {
  for (let i = 0; i < 51; i++) writeTable(root.path, `many/s${i}/study_0/wmt_jax/trial_1`, 'bleu', [[100 + i, 31]]);
  const {stderr} = await score('many', '--plots', 'charts/many', '--tables', 'scores');
  expect(stderr).toContain('the charts show the best 49 of 51 submissions');
  const svg = readFileSync(join(root.path, 'charts/many/times.svg'), 'utf8');
  expect(svg).toContain('>s48<');
  expect(svg).not.toContain('>s49<');
});

test.each([
  [['nowhere'], 'nowhere: there is no such folder'],
  [['empty'], 'empty: there are no runs in it'],
  [['logs', '--tables', 'scroes'], "--tables: there is no table 'scroes'; did you mean `scores`?"],
  [['logs', '--relax', 'wmd=.1'], "--relax: 'wmd' is none of the workloads that are scored; did you mean `wmt`?"],
  [['logs', '--relax-sweep', '0.005'], 'It must be a fraction in hundredths from 0.01 to 0.99.'],
  [['logs', '--relax-sweep', '1'], 'It must be a fraction in hundredths'],
  [['logs', '--include', 'x,,y'], 'It must be names with commas between them.'],
  [['logs', '--reference', 'z'], "--reference: there is no submission 'z'; there are: x, y"],
  [['logs', '--compat', '0.5'], 'Allowed choices are 0.6, 1.0'],
  [['logs', '--format', 'csv', '--tables', 'scores,times'], '--tables: with --format csv there is one table; name one'],
  [['logs', '--resamples', '500'], '--resamples: is of --intervals, which is not given'],
  [['logs', '--intervals', '--resamples', '1e9'], 'It must be an integer of at least 100 and at most 100000.'],
  [['logs', '--rng-seed', '1'], '--rng-seed: is of --intervals, which is not given'],
  [['logs', '--width', '85mm'], '--width: is of --plots, which is not given'],
  [['logs', '--strict'], '--strict: the pool is not complete:\n  x, wmt: 2 of 3 studies: study_0, study_1'],
  [['logs', '--targets', 'none.json'], "--targets: there is no file 'none.json'"],
  [
    ['logs', '--targets', '9.9'],
    "--targets: there is no file '9.9'; it must be a file, or a version of AlgoPerf: 0.6 or 1.0",
  ],
  [['logs', '--targets', ''], "--targets: there is no file ''"],
])('%j is refused', async (words, message) => {
  mkdirSync(join(root.path, 'empty'), {recursive: true});
  const {code, stdout, stderr} = await score(...words);
  expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, '']);
  expect(existsSync(join(root.path, 'charts/none'))).toBe(false);
});
