import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {listRuns} from '../../src/runs/index.js';
import {silentWatcher} from '../../src/training/index.js';
import {loadWorkload} from '../../workloads/index.js';
import {numbersOf, SMALL, temporaryFolder} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {type InProcess, runInProcess} from '../helpers/run-in-process.js';

/** Evaluated after the steps 1, 2, 4, 6 and 8. */
async function runOf(checkpoints: string): Promise<InProcess> {
  const folder = temporaryFolder();
  writeSmallMnist(folder);
  const config = `${SMALL.replace('every_steps: 10', 'every_steps: 2')}checkpoints: ${checkpoints}\n`;
  return {folder, config, workload: await loadWorkload('mnist'), maxGlobalSteps: 8};
}

function stepsIn(run: string): number[] {
  const folder = join(run, 'checkpoints');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => Number(name.match(/\d+/)![0]))
    .sort((a, b) => a - b);
}

test.each([
  ['{keep: all}', () => [1, 2, 4, 6, 8]],
  ['{keep: last}', () => [6, 8]],
  ['{keep: last, keep_last: 3}', () => [4, 6, 8]],
  ['{keep: best, keep_last: 1}', (best: number) => [...new Set([best, 8])]],
  ['{}', (best: number) => [...new Set([best, 6, 8])]],
  ['{keep: none}', () => []],
])('of a run with checkpoints %s the right ones stay', async (checkpoints, expected) => {
  const options = await runOf(checkpoints);
  const {path, result} = await runInProcess(options);
  expect(stepsIn(path)).toEqual(expected(result!.best!.globalStep).sort((a, b) => a - b));
});

test.each(['{keep: last, keep_last: 1}', '{keep: best, keep_last: 1}'])(
  'of a run with checkpoints %s that goes on after its target the one that reached it stays, too',
  async (checkpoints) => {
    const options = await runOf(checkpoints);
    const target = {...options.workload.target, validation: -1, test: -1};
    const {path, result} = await runInProcess({...options, workload: {...options.workload, target}});
    expect(result!.timeToTarget).toMatchObject({globalStep: 1});
    expect(stepsIn(path)).toEqual(expect.arrayContaining([1, 8]));
  },
);

test('that of a target on the test split, which comes later, stays as well', async () => {
  const options = await runOf('{keep: last, keep_last: 1}');
  const {path} = await runInProcess(options);
  const values = numbersOf(join(path, 'eval_measurements.csv')).map((row) => Number(row['test/accuracy']));
  const at = values.findIndex((value, i) => i > 0 && i < 4 && value > Math.max(...values.slice(0, i)));
  expect(at, `accuracies ${values}`).toBeGreaterThan(0);
  const target = {...options.workload.target, validation: -1, test: values[at]! - 1e-6};
  const again = await runOf('{keep: last, keep_last: 1}');
  const {path: other} = await runInProcess({...again, workload: {...again.workload, target}});
  expect(stepsIn(other)).toEqual([1, [1, 2, 4, 6, 8][at], 8]);
});

/** Stops a run after its evaluation at step 4. */
async function stopped(options: InProcess): Promise<string> {
  const stop = new AbortController();
  const event = ({globalStep}: {globalStep: number}) => globalStep >= 4 && stop.abort('SIGTERM');
  const watcher = {...silentWatcher, event};
  const {ending, path} = await runInProcess({...options, signal: stop.signal, watcher});
  expect(ending.status).toBe('interrupted');
  return path;
}

test.each([
  ['{keep: all}', [1, 2, 4]],
  ['{keep: last, keep_last: 1}', [4]],
  ['{keep: best, keep_last: 1}', undefined],
  ['{keep: none}', []],
])('a run with checkpoints %s that was stopped and resumed is as one that was not', async (checkpoints, left) => {
  const [whole, part] = [await runOf(checkpoints), await runOf(checkpoints)];
  const path = await stopped(part);
  if (left) expect(stepsIn(path)).toEqual(left);
  const resumed = await runInProcess({...part, resume: true});
  const other = await runInProcess(whole);
  const table = (run: string) => numbersOf(join(run, 'eval_measurements.csv'));
  expect(table(resumed.path)).toEqual(table(other.path));
  expect(stepsIn(resumed.path)).toEqual(stepsIn(other.path));
});

test('a run that keeps none and was interrupted is started again, and says so', async () => {
  const options = await runOf('{keep: none}');
  await stopped(options);
  const said: string[] = [];
  const info = (message: string) => void said.push(message);
  const again = await runInProcess({...options, resume: true, watcher: {...silentWatcher, info}});
  expect(said.join()).toContain('from its beginning: it keeps no checkpoints (checkpoints.keep: none)');
  expect(again.result?.globalStep).toBe(8);
  expect(listRuns(join(options.folder, 'experiments'))).toMatchObject([{status: 'stopped', globalStep: 8}]);
});

test.each(['all', 'none'])('keep_last is refused where it says nothing: keep: %s', async (keep) => {
  const options = await runOf(`{keep: ${keep}, keep_last: 2}`);
  expect(() => runInProcess(options)).toThrow(
    /small\.yaml:\d+:\d+: checkpoints\.keep_last: must be left out where `keep` is `all` or `none`, found 2$/,
  );
});
