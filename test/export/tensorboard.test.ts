import {execFileSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeAll, describe, expect, test} from 'vitest';
import {exportTensorboard} from '../../src/export/index.js';
import {
  eventMessage,
  fileVersion,
  hparamsEnd,
  hparamsStart,
  imageValue,
  scalarValue,
  sessionStart,
  summary,
} from '../../src/export/tensorboard/messages.js';
import {appendSchedule, listRuns, openTable, parseNumber, readTable} from '../../src/runs/index.js';
import {tfRecord} from '../../src/support/index.js';
import {root, temporaryFolder} from '../helpers/cli.js';
import {readEventFile, type Scalar} from '../helpers/event-file.js';
import {pythonWith} from '../helpers/python.js';
import {writeRun} from '../helpers/run-folders.js';

interface Golden {
  readonly madeBy: string;
  readonly png: string;
  readonly records: {readonly [name: string]: string};
}

const golden: Golden = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'golden', 'event_file.json'), 'utf8'));

const ends = {wallTime: 1795920780.125, step: 1};
const start = (value: number | string | boolean) => summary([hparamsStart({name: value}, 1795920780.5)]);

test.each([
  ['fileVersion', {...ends, step: 0, content: fileVersion}],
  ['sessionStart', {...ends, step: 0, content: sessionStart}],
  [
    'scalars',
    {...ends, step: 300, content: summary([scalarValue('validation/loss', 0.1), scalarValue('größe', Number.NaN)])},
  ],
  ['image', {...ends, content: summary([imageValue('lr-schedule-0', Buffer.from(golden.png, 'hex'))])}],
  ['number', {...ends, content: start(0.25)}],
  ['text', {...ends, content: start('adamw')}],
  ['boolean', {...ends, content: start(true)}],
  ['success', {...ends, content: summary([hparamsEnd('success', 1795920790.25)])}],
  ['failure', {...ends, content: summary([hparamsEnd('failure', 1795920790.25)])}],
])(`an event is byte for byte that of ${golden.madeBy}: %s`, (name, event) => {
  expect(tfRecord(eventMessage(event)).toString('hex')).toBe(golden.records[name]);
});

/** An experiment with a schedule, its picture, and a table of a submission's own. */
function exportedRun(): {run: string; folder: string; out: string} {
  const base = temporaryFolder();
  const run = writeRun(join(base, 'experiments'), {experiment: 'a', accuracies: [0.25, 0.5, 0.75]});
  const rates = [0, 1, 2].map((step) => ({cycle: 1, step, value: 0.1 * step}));
  appendSchedule(run, 0, rates);
  mkdirSync(join(run, 'plots'));
  copyFileSync(join(root, 'docs', 'lr-schedule-0.png'), join(run, 'plots', 'lr-schedule-0.png'));
  const table = openTable(join(run, 'resets.csv'), ['global_step', 'cause', 'factor']);
  table.append({global_step: 7, cause: '=1+1', factor: 0.5});
  table.close();
  const out = join(base, 'out');
  exportTensorboard(listRuns(join(base, 'experiments')), out);
  return {run, out, folder: join(out, 'a', 'mnist_tfjs', 'trial_1')};
}

/** What the run's tables hold. */
function scalarsOf(run: string): Scalar[] {
  const measured = readTable(join(run, 'measurements.csv')).flatMap(({global_step, ...row}) =>
    Object.entries(row)
      .filter(([, text]) => text !== '')
      .map(([tag, text]) => ({tag, step: Number(global_step), value: Math.fround(parseNumber(text))})),
  );
  const rates = readTable(join(run, 'schedule.csv')).map(({global_step, learning_rate}) => ({
    tag: 'schedule/learning_rate_0',
    step: Number(global_step),
    value: Math.fround(Number(learning_rate)),
  }));
  return [...measured, {tag: 'resets/factor', step: 7, value: 0.5}, ...rates];
}

test("an event file holds the numbers of all tables, the schedule's picture and the hyperparameters", () => {
  const {run, folder} = exportedRun();
  const {scalars, images, hparams} = readEventFile(folder);
  expect(scalars).toEqual(scalarsOf(run));
  expect(scalars.length).toBeGreaterThan(40);
  expect(Object.keys(images)).toEqual(['lr-schedule-0']);
  expect(images['lr-schedule-0']!.equals(readFileSync(join(run, 'plots', 'lr-schedule-0.png')))).toBe(true);
  expect(hparams).toEqual(['_hparams_/session_start_info', '_hparams_/session_end_info']);
});

describe("TensorBoard's own reader, where it can be had from the Python package index", () => {
  let python: string | undefined;
  beforeAll(() => {
    python = pythonWith('tensorboard', ['tensorboard==2.21.0', 'setuptools<81']);
  }, 300_000);

  test('finds tags, steps and values as in the tables', (context) => {
    if (python === undefined) return context.skip('there is no Python with TensorBoard');
    const {run, out, folder} = exportedRun();
    const program = join(import.meta.dirname, 'read_events.py');
    const read = JSON.parse(execFileSync(python, [program, folder, out], {encoding: 'utf8'}));
    const expected: {[tag: string]: [number, number | string][]} = {};
    for (const {tag, step, value} of scalarsOf(run)) {
      expected[tag] ??= [];
      expected[tag].push([step, Number.isFinite(value) ? value : Number.isNaN(value) ? 'nan' : 'inf']);
    }
    expect(read.scalars).toEqual(expected);
    expect(read.images).toEqual({'lr-schedule-0': [[0, 2400, 1200]]});
    expect(read.hparams).toMatchObject({batch_size: 128, submission: 'cyclic', rng_seed: 5, backend: 'wasm'});
    expect(read.page).toEqual({sessions: ['a/mnist_tfjs/trial_1'], status: 'STATUS_SUCCESS'});
  });
});
