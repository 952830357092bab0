import {spawn} from 'node:child_process';
import {linkSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {type Finished, finished, temporaryFolder, tool} from '../helpers/cli.js';
import {writeRun} from '../helpers/run-folders.js';

const RUNS = 100;
/** Megabytes; the runs' settings together take more. */
const HEAP = 24;

/** Runs that share long settings: a list of 320 kB in memory, and a text of 400 kB. */
function manyRuns(): string {
  const folder = temporaryFolder();
  const [first] = Array.from({length: RUNS}, (_, i) => writeRun(join(folder, 'experiments'), {experiment: `run-${i}`}));
  const share = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
    for (let i = 0; i < RUNS; i++) {
      const shared = join(first!, '..', '..', '..', `run-${i}`, 'mnist_tfjs', 'trial_1', name);
      rmSync(shared, {force: true});
      linkSync(join(folder, name), shared);
    }
  };
  share('hparams.json', JSON.stringify({learning_rate: 0.5, points: Array(40_000).fill(0.5)}));
  share('overrides.json', JSON.stringify({note: 'x'.repeat(400_000)}));
  return folder;
}

const list = (folder: string, ...words: string[]): Promise<Finished> =>
  finished(
    spawn(process.execPath, [`--max-old-space-size=${HEAP}`, tool, 'runs', 'list', ...words], {
      cwd: folder,
      stdio: ['ignore', words.includes('--json') ? 'ignore' : 'pipe', 'pipe'],
    }),
  );

test('the settings of many runs are not kept in memory', async () => {
  const folder = manyRuns();
  const order = ['--where', 'learning_rate < 1', '--sort', '-learning_rate,index'];
  const csv = await list(folder, ...order, '--csv', '--columns', 'index,learning_rate');
  expect(csv).toMatchObject({code: 0, stderr: ''});
  expect(csv.stdout.split('\n').slice(0, 3)).toEqual(['index,learning_rate', '1,0.5', '2,0.5']);
  expect(csv.stdout.split('\n')).toHaveLength(RUNS + 2);
  expect(await list(folder, '--json')).toMatchObject({code: 0, stderr: ''});
});
