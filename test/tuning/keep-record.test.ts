import {existsSync} from 'node:fs';
import {beforeEach, expect, test} from 'vitest';
import {keepTuningRecord, readTuningRecord} from '../../src/runs/index.js';
import {keepRecord, type TuningPlan} from '../../src/tuning/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

let experimentDir = '';
let runs: string[] = [];
beforeEach(() => {
  experimentDir = temporaryFolder();
  runs = [1, 2, 3].map((trial) => writeRun(experimentDir, {experiment: 'a', trial}));
});

const place = () => ({experimentDir, experiment: 'a', workload: 'mnist'});
const record = {rng_seed: 5, points: [{}, {}]};

/** The first two trials. */
const plan = {
  experiment: 'a',
  workload: {name: 'mnist'},
  record,
  isBegun: false,
  trials: [1, 2].map((trial) => ({study: undefined, trial})),
} as unknown as TuningPlan;

const left = () => runs.map((run) => existsSync(run));

test('trials that replace others remove those that are none of them', async () => {
  await keepRecord(plan, {experimentDir, overwrite: true, isPart: false});
  expect(left()).toEqual([true, true, false]);
  expect(readTuningRecord(place())).toEqual(record);
});

test.each([{overwrite: true, isPart: true}, {overwrite: false, isPart: false}, {isPart: false}])(
  'otherwise all stay: %o',
  async (options) => {
    await keepRecord(plan, {experimentDir, ...options});
    expect(left()).toEqual([true, true, true]);
    expect(readTuningRecord(place())).toEqual(record);
  },
);

test('trials that are there already keep their record', async () => {
  keepTuningRecord(place(), {...record, rng_seed: 6} as never, false);
  await keepRecord({...plan, isBegun: true}, {experimentDir, overwrite: true, isPart: false});
  expect([left(), readTuningRecord(place())?.rng_seed]).toEqual([[true, true, true], 6]);
});
