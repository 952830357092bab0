import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {silentWatcher} from '../../src/training/index.js';
import type {ProfileReport} from '../../src/training/profiler.js';
import {loadWorkload} from '../../workloads/index.js';
import {numbersOf, SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

test('a run that is profiled gives the same numbers, and a profile of its parts', async () => {
  const workload = await loadWorkload('mnist');
  const config = SMALL.replace('every_steps: 10', 'every_steps: 4').replace('budget_steps: 45', 'budget_steps: 8');
  const reports: ProfileReport[] = [];
  const paths: string[] = [];
  for (const profile of [false, true]) {
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const watched = {...silentWatcher, profile: (report: ProfileReport) => void reports.push(report)};
    paths.push((await runInProcess({folder, config, workload, profile, watcher: watched})).path);
  }
  const [plain, profiled] = paths;
  expect(numbersOf(join(profiled!, 'measurements.csv'))).toEqual(numbersOf(join(plain!, 'measurements.csv')));
  expect([existsSync(join(plain!, 'profile_0.json')), existsSync(join(profiled!, 'trace_0.json'))]).toEqual([
    false,
    true,
  ]);
  expect(reports).toHaveLength(1);
  const {sections, totalSeconds} = reports[0]!;
  // Evaluated after the steps 1, 4 and 8.
  expect(Object.fromEntries(sections.map(({section, calls}) => [section, calls]))).toEqual({
    'Opening engine': 1,
    'Initializing dataset': 1,
    'Initializing model': 1,
    'Initializing optimizer': 1,
    Train: 1,
    'Data selection': 8,
    'Update parameters': 8,
    Evaluation: 3,
    Logging: expect.any(Number),
  });
  const secondsOf = Object.fromEntries(sections.map(({section, totalSeconds: seconds}) => [section, seconds]));
  const inTrain = ['Data selection', 'Update parameters', 'Evaluation', 'Logging'].map((name) => secondsOf[name]!);
  expect(inTrain.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(secondsOf.Train!);
  expect(secondsOf.Train).toBeLessThanOrEqual(totalSeconds);
});
