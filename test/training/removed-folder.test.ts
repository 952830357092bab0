import {existsSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {UserError} from '../../src/support/index.js';
import {silentWatcher} from '../../src/training/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

test.each([
  ['removed', (run: string) => rmSync(run, {recursive: true})],
  ['renamed', (run: string) => renameSync(run, `${run}-moved`)],
])('a run whose folder is %s while it trains ends with the reason', async (_, change) => {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const run = join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
  const event = ({name, globalStep}: {name: string; globalStep: number}): void => {
    if (name === 'checkpoint' && globalStep === 10) change(run);
  };
  const watcher = {...silentWatcher, event};
  const error = await runInProcess({folder, config: SMALL, workload: await loadWorkload('mnist'), watcher}).catch(
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toBe(
    `${run}: the run's folder, or files in it, were removed or renamed while the run was under way, by another program or by the code of the run itself; what was done is lost`,
  );
  expect(existsSync(run)).toBe(false);
});
