import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {createConfirmer} from '../../src/cli/confirm.js';
import {superviseProcess, writeLine} from '../../src/cli/supervised-process.js';
import type {RunMessage} from '../../src/cli/supervisor-link.js';
import {readOrders} from '../../src/sweep/index.js';
import {cli, noTensorflow, root, SMALL, temporaryFolder} from '../helpers/cli.js';
import {NAMES, prepareSweep, sweptRun, WORDS} from '../helpers/sweeps.js';

test('a run does not fail because its sweep can no longer be told of it', async () => {
  const folder = prepareSweep(temporaryFolder(), {config: SMALL.replace('budget_steps: 45', 'budget_steps: 400')});
  await cli(folder, [...WORDS, '--backend', 'wasm', '--launcher', 'print']);
  const {means, modules, runs} = readOrders(join(folder, 'experiments', 's', 'slurm', 'runs-1.json'));
  const program = join(root, 'dist/src/cli/sweep-worker-process.js');
  const worker = spawn(process.execPath, [program, JSON.stringify({means, modules})], {
    cwd: folder,
    env: {...process.env, ...noTensorflow},
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve) => {
    const take = ({report}: RunMessage): void => void (report && resolve());
    const task = {hearsHangUp: false, attempts: []};
    void superviseProcess(worker, task, {take, confirmer: createConfirmer(() => undefined)});
    writeLine(worker, {request: {order: runs[0]!}});
  });
  for (const place of [1, 2, 4]) (worker.stdio[place] as Readable).destroy();
  const result = join(sweptRun(folder, NAMES[0]), 'result.json');
  while (!existsSync(result) && worker.exitCode === null) await sleep(50);
  worker.kill('SIGKILL');
  expect(JSON.parse(readFileSync(result, 'utf8'))).toMatchObject({
    status: expect.not.stringContaining('failed'),
    globalStep: 400,
  });
});
