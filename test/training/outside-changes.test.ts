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
async function reasons(atEvaluation: (dataset: Dataset) => void): Promise<readonly string[]> {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  let dataset: Dataset | undefined;
  const watcher = {
    ...silentWatcher,
    data: (loaded: Dataset) => {
      dataset = loaded;
    },
    event: ({name}: {name: string}) => name === 'evaluation' && atEvaluation(dataset!),
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
