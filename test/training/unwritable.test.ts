import {chmodSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {UserError} from '../../src/support/index.js';
import {silentWatcher} from '../../src/training/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

const NOBODY = 65534;

test.skipIf(process.platform === 'win32')(
  'a folder that becomes unwritable in a run ends it with that error, and no other hides it',
  async () => {
    const folder = temporaryFolder();
    writeSmallMnist(folder);
    const run = join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
    const user = process.geteuid!();
    const folders = [folder, run, join(run, 'checkpoints')];
    const event = ({name}: {name: string}): void => {
      if (name !== 'checkpoint') return;
      for (const path of folders) chmodSync(path, 0o555);
      // Root may write everywhere.
      if (user === 0) process.seteuid!(NOBODY);
    };
    const watcher = {...silentWatcher, event};
    try {
      const ended = runInProcess({folder, config: SMALL, workload: await loadWorkload('mnist'), watcher});
      const error = await ended.catch((reason) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(/trial_1\/.*: permission denied; choose another folder or change its permissions/);
    } finally {
      process.seteuid!(user);
      for (const path of folders) chmodSync(path, 0o755);
    }
    expect(readdirSync(run)).toContain('LOCK');
  },
);
