import {fork} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {createConfirmer} from '../../src/cli/confirm.js';
import {superviseProcess} from '../../src/cli/supervised-process.js';
import {readOrders} from '../../src/sweep/index.js';
import {cli, noTensorflow, root, SMALL, temporaryFolder} from '../helpers/cli.js';
import {NAMES, prepareSweep, sweptRun, WORDS} from '../helpers/sweeps.js';

test('a run does not fail because its sweep can no longer be told of it', async () => {
  const folder = prepareSweep(temporaryFolder(), {config: SMALL.replace('budget_steps: 45', 'budget_steps: 400')});
  await cli(folder, [...WORDS, '--backend', 'wasm', '--launcher', 'print']);
  const {means, modules, runs} = readOrders(join(folder, 'experiments', 's', 'slurm', 'runs-1.json'));
  const worker = fork(join(root, 'dist/src/cli/sweep-worker-process.js'), [JSON.stringify({means, modules})], {
    cwd: folder,
    env: {...process.env, ...noTensorflow},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'ipc'],
  });
  const ended = superviseProcess(
    worker,
    {hearsHangUp: false, attempts: []},
    {
      take: () => {},
      confirmer: createConfirmer(() => undefined),
    },
  );
  worker.send({order: runs[0]!});
  await once(worker, 'message');
  for (const pipe of [worker.stdout!, worker.stderr!]) pipe.destroy();
  worker.disconnect();
  const result = join(sweptRun(folder, NAMES[0]), 'result.json');
  while (!existsSync(result) && worker.exitCode === null) await sleep(50);
  worker.kill('SIGKILL');
  await ended;
  expect(JSON.parse(readFileSync(result, 'utf8'))).toMatchObject({
    status: expect.not.stringContaining('failed'),
    globalStep: 400,
  });
});
