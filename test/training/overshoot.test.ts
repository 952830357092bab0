import {expect, test} from 'vitest';
import {loadWorkload} from '../../workloads/index.js';
import {SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {runInProcess} from '../helpers/run-in-process.js';

test.each([
  [1e-9, 'budget_spent'],
  [600, 'stopped'],
])('a result says by how much the run went over its limit of %d s', async (maxRuntime, status) => {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const workload = await loadWorkload('mnist');
  const {result} = await runInProcess({folder, config: SMALL, workload, maxRuntime, maxGlobalSteps: 2});
  expect(result?.status).toBe(status);
  expect(result?.overshootSeconds).toBe(Math.max(0, result!.times.submission - maxRuntime));
});
