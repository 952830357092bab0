import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {describe, expect, test} from 'vitest';
import {readTextLog} from '../../src/pool/text-log.js';
import {parseRecords} from '../../src/runs/index.js';
import {hasLogs, LOGS_0_6} from './recorded.js';

const folder = join(import.meta.dirname, '..', 'golden', 'algoperf-text-logs');
const logs = readdirSync(folder).filter((name) => name.endsWith('.log.gz'));
const textOf = (name: string) => gunzipSync(readFileSync(join(folder, name))).toString('utf8');
const aborted = 'study_3-imagenet_resnet_jax.log.gz';

describe.skipIf(!hasLogs)('logs of the runner have the rows of the tables (recorded)', () => {
  test.each(logs.filter((name) => name !== aborted))('%s', (name) => {
    const [study, workload] = name.replace('.log.gz', '').split('-') as [string, string];
    const trials = readTextLog(textOf(name));
    expect(trials.map(({trial}) => trial)).toEqual(['trial_1', 'trial_2', 'trial_3', 'trial_4', 'trial_5']);
    for (const {trial, evaluations} of trials) {
      const file = join(LOGS_0_6, 'external', study, workload, trial, 'eval_measurements.csv');
      const [header = [], ...rows] = parseRecords(readFileSync(file, 'utf8'), file);
      // The runner logs no count of preemptions with an evaluation; there was none.
      const logged = evaluations.map(({cells}) => header.map((column) => cells.get(column) ?? '0'));
      expect(logged).toEqual(rows);
      expect([...evaluations[0]!.cells.keys(), 'preemption_count'].sort()).toEqual(header);
    }
  });
});

test('there are five logs with evaluations and one without', () => {
  expect(logs.length).toBe(6);
  expect(readTextLog(textOf(aborted))).toEqual([{trial: 'trial_1', evaluations: []}]);
});

const line = (step: number, entries: string) =>
  `I0213 13:16:51.5 1 submission_runner.py:408] Time since start: 834.13s, \tStep: ${step}, \t{${entries}}`;

test('numbers bare, in wrappers of arrays, with exponents, NaN and infinite', () => {
  const text = line(
    7,
    "'a': 0.5, 'b': Array(6.9e-05, dtype=float32), 'c': DeviceArray(1., dtype=float32), 'd': nan, 'e': -inf, 'f': np.float32(2.5), 'n': 10",
  );
  const [{trial, evaluations} = {trial: '', evaluations: []}] = readTextLog(text);
  expect(trial).toBe('trial_1');
  expect(Object.fromEntries(evaluations[0]!.cells)).toEqual({
    a: '0.5',
    b: '6.9e-05',
    c: '1.',
    d: 'nan',
    e: '-inf',
    f: '2.5',
    n: '10',
    global_step: '7',
  });
});

test('a line that is cut, or holds something else, is no evaluation', () => {
  const whole = line(1, "'score': 1.5");
  const text = [whole.slice(0, -4), line(2, "'score': [1, 2]"), line(3, "'score': 3.5")].join('\n');
  const [{evaluations} = {evaluations: []}] = readTextLog(text);
  expect(evaluations.map(({line, cells}) => [line, cells.get('score')])).toEqual([[3, '3.5']]);
});

test('trials are separated by the runner; a resumed one continues', () => {
  const run = (n: number) => `I0213 submission_runner.py:551] --- Tuning run ${n}/5 ---`;
  const text = [
    run(1),
    line(1, "'score': 1"),
    run(2),
    line(1, "'score': 2"),
    run(1),
    line(5, "'score': 3"),
    run(3),
  ].join('\n');
  const found = readTextLog(text).map(({trial, evaluations}) => [
    trial,
    evaluations.map(({cells}) => cells.get('score')),
  ]);
  expect(found).toEqual([
    ['trial_1', ['1', '3']],
    ['trial_2', ['2']],
    ['trial_3', []],
  ]);
});

test('a log of something else holds no trial', () => {
  expect(readTextLog('hello\nworld\n')).toEqual([]);
});
