import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {checkConfig, readConfig} from '../../src/config/index.js';
import type {Submission} from '../../src/contract/index.js';
import {cyclic} from '../../src/submissions/cyclic/index.js';
import {openRuntime, type RunOptions, runIn, silentWatcher} from '../../src/training/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {cli, numbersOf, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const TABLES = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'validation_losses.csv', 'schedule.csv'];
const BATCH_SIZE = 16;

function tablesIn(run: string): unknown {
  return TABLES.map((name) => numbersOf(join(run, name)));
}

test('two trials in one runtime, one after the other, give the numbers of two processes', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  const config = writeConfig(folder);
  const workload = await loadWorkload('mnist');
  const submission = cyclic as unknown as Submission;
  const options: RunOptions = {
    workload,
    submission,
    loaded: checkConfig(readConfig(join(folder, config)), submission, workload),
    stem: 'small',
    experimentDir: join(folder, 'experiments'),
    experimentName: 'one',
    study: 1,
    backend: 'wasm',
    dataDir: join(folder, 'data'),
    flags: {},
    overrides: {},
    watcher: silentWatcher,
    signal: new AbortController().signal,
  };
  const runtime = await openRuntime(options, BATCH_SIZE);
  for (const trial of [1, 2]) {
    const {path, result} = await runIn(runtime, {...options, trial, rngSeed: trial});
    expect(path).toBe(join(folder, 'experiments', 'one', 'study_1', 'mnist_tfjs', `trial_${trial}`));
    const words = `run --workload mnist --config ${config} --experiment-name seed-${trial} --data-dir data --backend wasm`;
    const {code, stderr} = await cli(folder, [...words.split(' '), '--rng-seed', String(trial)]);
    expect(code, stderr).toBe(0);
    expect(tablesIn(path)).toEqual(tablesIn(join(folder, 'experiments', `seed-${trial}`, 'mnist_tfjs', 'trial_1')));
    expect(result?.globalStep).toBe(45);
  }
});
