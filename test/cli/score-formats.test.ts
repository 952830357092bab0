import {parse} from 'csv-parse/sync';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {scoreText} from '../../src/cli/score-formats.js';
import {SCORE_TABLES, SHOWN_TABLES, type TableName} from '../../src/cli/score-tables.js';
import {type Scored, scoreRuns} from '../../src/pool/index.js';
import {scratch, writeTable} from '../pool/folders.js';

const HOSTILE = [
  '=1+1',
  'a|b',
  '$x_{1}$ & #%',
  '**bold** [x](y)',
  '<script>',
  '~^\\',
  'esc\u001b[31mred',
  'x..',
  '[1pt]',
];

const root = scratch();
let scored: Scored;

beforeAll(async () => {
  for (const [i, name] of HOSTILE.entries())
    for (const study of [0, 1]) {
      const run = `${name}/study_${study}/wmt_jax/trial_1`;
      writeTable(root.path, run, 'bleu', [[10 * (i + 1) + study, i === 6 ? 1 : 31]]);
    }
  scored = await scoreRuns({
    dirs: [root.path],
    relax: [['all', 0.1]],
    relaxSweep: 0.02,
    speedupsOver: '=1+1',
    intervals: {resamples: 100},
    numStudies: 3,
  });
});
afterAll(() => root.remove());

const text = (format: 'table' | 'csv' | 'json' | 'md' | 'latex', tables?: TableName[], width?: number) =>
  scoreText(scored, {format, tables, width});

test('every table has rows, and cells for all its columns', () => {
  for (const [name, table] of Object.entries(SCORE_TABLES)) {
    const {columns, rows} = table(scored);
    expect(rows.length, name).toBeGreaterThan(0);
    for (const row of rows) expect(row.length, name).toBe(columns.length);
  }
});

describe('as a table', () => {
  test('says which pool it is, and shows what applies', () => {
    const shown = text('table');
    expect(shown).toMatch(
      /^pool: 9 submissions, 18 runs on 1 workload; SHA-256 of the logs [0-9a-f]{16}\nby the written rules, by time, 3 studies; targets of AlgoPerf 1\.0\n\nScores\n/,
    );
    for (const title of [
      'Scores',
      'Times to target',
      'Speed-ups over =1+1',
      'Scores with relaxed targets',
      "Differences from AlgoPerf's code",
      'Runs that are missing',
    ])
      expect(shown).toContain(`\n${title}`);
    expect(shown).not.toContain('\u001b');
    expect(shown).toContain('esc\\u001b[31mred');
  });

  test('shows a sweep of relaxations as a row a submission; CSV has every hundredth', () => {
    const rows = text('table', ['relax-sweep']).split('\n').slice(3);
    expect(rows.slice(0, 3).map((row) => row.split(/ {2,}/))).toEqual([
      ['Scores, and ranks, by how far all targets are relaxed'],
      ['submission', '0.00', '0.01', '0.02'],
      ['=1+1', '1.0000 (1)', '1.0000 (1)', '1.0000 (1)'],
    ]);
    expect(rows).toHaveLength(2 + HOSTILE.length + 1);
    expect(text('csv', ['relax-sweep']).trim().split('\n')).toHaveLength(1 + 3 * HOSTILE.length);
  });

  test.each([
    [0.05, ['0.00', '0.01', '0.02', '0.03', '0.04', '0.05']],
    [0.06, ['0.00', '0.02', '0.04', '0.06']],
    [0.13, ['0.00', '0.05', '0.10', '0.13']],
    [0.2, ['0.00', '0.05', '0.10', '0.15', '0.20']],
    [0.99, ['0.00', '0.20', '0.40', '0.60', '0.80', '0.99']],
  ])('of a sweep up to %d shows %j', (most, columns) => {
    const relaxSweep = Array.from({length: Math.round(most * 100) + 1}, (_, i) => ({fraction: i / 100, scores: []}));
    const shown = SHOWN_TABLES['relax-sweep']({...scored, scores: [], relaxSweep});
    expect(shown.columns).toEqual(['submission', ...columns]);
    expect(shown.note).toBe(most === 0.05 ? undefined : 'every hundredth: --format csv or json');
  });

  test('marks a time that is too slow', () => {
    const lines = text('table', ['times']).split('\n');
    // The fastest has 11 s: its second study, since the third is missing and infinite.
    expect(lines.find((line) => line.startsWith('**bold**'))).toMatch(/ 41$/);
    expect(lines.find((line) => line.startsWith('<script>'))).toMatch(/ 51\*$/);
    expect(text('table', ['times'])).toContain('* does not count: more than 4 times the fastest\n');
  });

  test('keeps to the width of a terminal, column below column', () => {
    const shown = text('table', ['scores'], 50);
    const lines = shown.split('\n').slice(3);
    expect(Math.max(...lines.map(({length}) => length))).toBeLessThanOrEqual(50);
    expect(lines.filter((line) => line.startsWith('submission')).length).toBeGreaterThan(1);
    for (const column of SCORE_TABLES.scores(scored).columns) expect(shown).toContain(column);
  });
});

test('says how many runs have passed, and why there are no intervals', () => {
  const shown = (verified: Scored['verified'], noIntervals: string | null = null) =>
    scoreText({...scored, verified, noIntervals}, {format: 'table', tables: ['scores'], width: undefined})
      .split('\n')
      .slice(2, 4);
  expect(shown(null)[0]).toBe('');
  expect(shown({passed: 12, leftOut: 0, others: 0})[0]).toBe('verified: 12 of 12 runs passed');
  expect(shown({passed: 0, leftOut: 1, others: 3})[0]).toBe(
    "verified: 0 of 1 run passed; 1 left out, counted as a missed target; 3 runs of AlgoPerf's can't be verified",
  );
  expect(shown({passed: 1, leftOut: 2, others: 0}, 'no intervals: one study')).toEqual([
    'verified: 1 of 3 runs passed; 2 left out, counted as missed targets',
    'no intervals: one study',
  ]);
});

test('the heading of problems names their kinds, and a long sentence is cut in its middle but for programs', () => {
  const problem = {submission: 'a', workload: 'mnist', study: null, trial: 'trial_1', path: null};
  const what = `left out: ${'x'.repeat(300)} the end`;
  const ofKinds = {...scored, problems: (['short', 'not verified'] as const).map((kind) => ({...problem, kind, what}))};
  const shown = scoreText(ofKinds, {format: 'table', tables: ['problems'], width: undefined});
  expect(shown).toContain('\nRuns that are short or not verified\n');
  expect(shown).toMatch(/ left out: x+…x+ the end +-\n/);
  expect(
    Math.max(
      ...shown
        .split('\n')
        .slice(3)
        .map(({length}) => length),
    ),
  ).toBeLessThan(170);
  expect(scoreText(ofKinds, {format: 'csv', tables: ['problems'], width: undefined})).toContain(what);
});

describe('as CSV', () => {
  test('is one table with numbers in full, and no formula', () => {
    const [header, ...rows] = parse(text('csv')) as string[][];
    expect(header!.slice(0, 3)).toEqual(['submission', 'rank', 'score']);
    expect(rows.map(([name]) => name)).toContain("'=1+1");
    expect(rows.map(([, , score]) => Number(score))).toEqual(scored.scores.map(({score}) => score));
  });

  test('of several tables is refused', () => {
    expect(() => text('csv', ['scores', 'times'])).toThrow('--tables: with --format csv there is one table; name one');
  });

  test('a time that is infinite is an empty cell', () => {
    const rows = parse(text('csv', ['times'])) as string[][];
    expect(rows.find(([name]) => name === 'esc\\u001b[31mred')).toEqual(['esc\\u001b[31mred', '']);
  });
});

test('as JSON everything is there, infinite times as null', () => {
  const value = JSON.parse(text('json'));
  expect(value.pool).toEqual(scored.pool);
  expect(value.scores.map(({submission}: {submission: string}) => submission).sort()).toEqual([...HOSTILE].sort());
  const missed = value.scores.find(({submission}: {submission: string}) => submission.startsWith('esc'));
  expect([missed.times.wmt.median, missed.ratios.wmt]).toEqual([null, null]);
  expect(text('json')).not.toContain('\u001b');
});

describe('as Markdown', () => {
  test('names come out as text', () => {
    const shown = text('md', ['scores']);
    for (const name of [
      '=1+1',
      'a\\|b',
      '\\$x\\_{1}\\$ \\& \\#%',
      '\\*\\*bold\\*\\* \\[x\\](y)',
      '\\<script\\>',
      '\\~^\\\\',
    ])
      expect(shown).toContain(`| ${name} |`);
  });

  test('every row has as many cells as the header', () => {
    const rows = text('md', ['scores'])
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows.length).toBe(2 + HOSTILE.length);
    for (const row of rows) expect(row.split(/(?<!\\)\|/).length).toBe(rows[0]!.split('|').length);
    expect(rows[1]).toMatch(/^\| :-- \| --: \| --: \|/);
  });
});

describe('as LaTeX', () => {
  test('names come out as text', () => {
    const shown = text('latex', ['scores']);
    expect(shown).toContain('\\$x\\_\\{1\\}\\$ \\& \\#\\%');
    expect(shown).toContain('\\textasciitilde{}\\textasciicircum{}\\textbackslash{}');
    expect(shown).toContain('\\textless{}script\\textgreater{}');
    // After the end of a row, a bracket would be an option.
    expect(shown).toContain('\n{[}1pt] & ');
    expect(shown).toContain('\\begin{tabular}{lrrlllrr}');
  });

  test('every row has as many cells as the header', () => {
    const rows = text('latex', ['scores'])
      .split('\n')
      .filter((line) => line.endsWith('\\\\'));
    expect(rows.length).toBe(1 + HOSTILE.length);
    for (const row of rows) expect(row.split(/(?<!\\)&/).length).toBe(rows[0]!.split('&').length);
  });
});
