import {readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {expect, test} from 'vitest';
import {createFailures, keptReason, stateOfRun} from '../../src/sweep/index.js';
import {temporaryFolder} from '../helpers/cli.js';

const runIn = (folder: string, name = 'a') => join(folder, 's', name, 'mnist_tfjs', 'trial_1');

const failed = (reason: string) => ({status: 'failed', reason, globalStep: 0});

test('why a run failed is kept in the folder of the sweep until the run is tried again', () => {
  const run = runIn(temporaryFolder());
  const failures = createFailures();
  failures.failed(run, 'no room');
  expect(stateOfRun(run, {result: undefined})).toEqual(failed('no room'));
  expect(keptReason(runIn(dirname(run), 'b'))).toBeUndefined();
  failures.begun(run);
  expect(stateOfRun(run, {result: undefined, reasonOf: failures.reasonOf}).status).toBe('new');
});

test('where the folder of the sweep can not be written, it is known to this process', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 's'), '');
  const failures = createFailures();
  failures.failed(runIn(folder), 'no room');
  expect(keptReason(runIn(folder))).toBeUndefined();
  expect(stateOfRun(runIn(folder), {result: undefined, reasonOf: failures.reasonOf})).toEqual(failed('no room'));
});

test('a run that has come to its end since has not failed', () => {
  const run = runIn(temporaryFolder());
  createFailures().failed(run, 'no room');
  const result = {status: 'budget_spent', reason: 'training complete', globalStep: 3} as never;
  expect(stateOfRun(run, {result})).toEqual({status: 'budget_spent', reason: 'training complete', globalStep: 3});
});

test('a reason that is damaged counts as none', () => {
  const run = runIn(temporaryFolder());
  const failures = createFailures();
  const folder = join(dirname(dirname(dirname(run))), 'failures');
  for (const text of ['', 'null', '{"reason": 3}']) {
    failures.failed(run, 'no room');
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), text);
    expect(keptReason(run)).toBeUndefined();
  }
});
