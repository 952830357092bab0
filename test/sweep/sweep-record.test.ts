import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {readOrders, readSweepRecord} from '../../src/sweep/index.js';
import {temporaryFolder} from '../helpers/cli.js';

const todo = 'start the sweep again, which writes the file again: algoperf-ts sweep <its YAML file>';

test.each([
  ['{"runs":[null]}', 'runs[0] must have name, experiment and workloadName, each a text'],
  ['{"runs":[{"name":"a","experiment":"s/a","workloadName":1}]}', 'runs[0] must have name, experiment and'],
  ['null', 'it has no list `runs`'],
  ['[]', 'it has no list `runs`'],
  ['{}', 'it has no list `runs`'],
  ['{', 'it is no JSON ('],
])('of a damaged record %s the file, what is wrong and what to do are told', (text, wrong) => {
  const folder = temporaryFolder();
  const file = join(folder, 'sweep.json');
  writeFileSync(file, text);
  expect(() => readSweepRecord(folder)).toThrow(`${file}: it is damaged: ${wrong}`);
  expect(() => readSweepRecord(folder)).toThrow(todo);
});

test('the file of a launch holds whole runs', () => {
  const file = join(temporaryFolder(), 'runs-1.json');
  writeFileSync(file, '{"means":{},"modules":[],"runs":[null]}');
  expect(() => readOrders(file)).toThrow(`${file}: the runs of a sweep can't be read from it (it holds no runs)`);
});
