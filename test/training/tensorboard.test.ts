import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {exportTensorboard} from '../../src/export/index.js';
import {listRuns} from '../../src/runs/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';
import {readEventFile, type Scalar} from '../helpers/event-file.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

/** Scalars by tag and step, however they came. */
function sorted(scalars: readonly Scalar[]): string[] {
  return scalars.map(({tag, step, value}) => `${tag} ${step} ${value}`).sort();
}

test('the event file of a run is that of its export, also where it was stopped and resumed', async () => {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const workload = await loadWorkload('mnist');
  const config = SMALL.replace('every_steps: 10', 'every_steps: 4').replace('budget_steps: 45', 'budget_steps: 8');
  const options = {folder, config, workload, tensorboard: true};
  const {path} = await runInProcess({...options, maxGlobalSteps: 5});
  const stopped = readEventFile(path);
  // The evaluation of a run that was stopped is no part of the run that follows.
  expect(stopped.scalars.filter(({tag}) => tag === 'validation/loss').map(({step}) => step)).toEqual([1, 4, 5]);
  await runInProcess({...options, resume: true});
  const live = readEventFile(path);
  expect(live.scalars.filter(({tag}) => tag === 'validation/loss').map(({step}) => step)).toEqual([1, 4, 8]);
  exportTensorboard(listRuns(join(folder, 'experiments')), join(folder, 'out'));
  const exported = readEventFile(join(folder, 'out', 'a', 'mnist_tfjs', 'trial_1'));
  expect(sorted(live.scalars)).toEqual(sorted(exported.scalars));
  expect([live.images, live.hparams]).toEqual([exported.images, exported.hparams]);
  const png = readFileSync(join(path, 'plots', 'lr-schedule-0.png'));
  expect(live.images['lr-schedule-0']!.equals(png)).toBe(true);
});
