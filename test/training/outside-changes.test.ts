import {appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import type {Dataset} from '../../src/contract/index.js';
import type {ArraySource} from '../../src/data/index.js';
import {silentWatcher} from '../../src/training/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

/** Seconds that the machine's clock goes before the process's, at each reading. */
const ahead = vi.hoisted(() => ({seconds: [0, 0]}));
vi.mock('../../src/training/machine-clock.js', async (original) => {
  const module = await original<typeof import('../../src/training/machine-clock.js')>();
  const readClocks = () => ({process: 1, machine: 1 + ahead.seconds.shift()!});
  return {...module, readClocks};
});

/** A run of two steps, and what it says of its being official. */
async function reasons(atEvaluation: (dataset: Dataset, run: string) => void): Promise<readonly string[]> {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  let dataset: Dataset | undefined;
  const watcher = {
    ...silentWatcher,
    data: (loaded: Dataset) => {
      dataset = loaded;
    },
    event: ({name}: {name: string}) =>
      name === 'evaluation' && atEvaluation(dataset!, join(folder, 'experiments/a/mnist_tfjs/trial_1')),
  };
  const {result} = await runInProcess({
    folder,
    config: SMALL,
    maxGlobalSteps: 11,
    workload: await loadWorkload('mnist'),
    watcher,
  });
  expect(result?.official).toBe(false);
  return result!.notOfficialBecause;
}

const DATA = 'the data in memory was changed while the run was under way';

test('data and clocks as they were are no reason', async () => {
  ahead.seconds = [5, 5];
  const found = await reasons(() => {});
  expect(found).not.toContain(DATA);
  expect(found.join()).not.toContain('clock');
});

test('a label that was changed makes the result not official', async () => {
  ahead.seconds = [0, 0];
  const found = await reasons(({validation}) => {
    (validation as ArraySource).examples.targets!.data[3] = 9;
  });
  expect(found).toContain(DATA);
});

test("a clock that does not agree with the machine's makes the result not official", async () => {
  ahead.seconds = [0, 60];
  const found = await reasons(() => {});
  expect(found).toContain(
    "the run's clock counted 0.0 s while the machine's counted 60.0 s; the machine was asleep, or a clock was changed",
  );
});

test('files of the run that something else has changed make the result not official, each by its name', async () => {
  ahead.seconds = [0, 0];
  const growing = ['eval_measurements.csv', 'measurements.csv', 'schedule.csv', 'events.jsonl'];
  const others = ['config.yaml', 'hparams.json', 'meta_data_0.json', 'flags_1.json', 'source/submission_0/mine.ts'];
  const otherDigit = (text: string): string => text.replace(/\d(?=\D*$)/, (digit) => `${9 - Number(digit)}`);
  const found = await reasons((_, run) => {
    const there = growing.map((file) => join(run, file)).filter((path) => existsSync(path));
    for (const path of there) writeFileSync(path, otherDigit(readFileSync(path, 'utf8')));
    mkdirSync(join(run, 'source/submission_0'), {recursive: true});
    for (const file of others) appendFileSync(join(run, file), '\n');
  });
  expect(found).toEqual(
    expect.arrayContaining([...growing, ...others].map((file) => `${file} was changed while the run was under way`)),
  );
});

test('nothing is said of files that are as the run has left them', async () => {
  ahead.seconds = [0, 0];
  expect((await reasons(() => {})).join()).not.toContain('was changed');
});

test('a table that was changed before the run is resumed makes it not official', async () => {
  ahead.seconds = [0, 0, 0, 0];
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const run = {folder, config: SMALL, workload: await loadWorkload('mnist')};
  const {path} = await runInProcess({...run, maxGlobalSteps: 11});
  const table = join(path, 'eval_measurements.csv');
  writeFileSync(table, readFileSync(table, 'utf8').replace(/(\n[^,]*,[^,]*,)[^,]*/, '$10.1'));
  const {result} = await runInProcess({...run, resume: true, maxGlobalSteps: 13});
  expect(result!.notOfficialBecause).toContain(
    'eval_measurements.csv was changed after the checkpoint that the run was resumed from',
  );
});
