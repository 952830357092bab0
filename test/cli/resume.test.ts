import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {cli, finished, numbersOf, start, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

// What only a process shows; everything else that may become of a run that is resumed: test/training/resume.test.ts.

const words =
  'run --workload mnist --config small.yaml --experiment-name a --data-dir data --backend wasm --rng-seed 7';
const RUN = words.split(' ');
const ENDLESS = [...RUN, '--set', 'schedule.budget_steps=100000'];
const TABLES = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'schedule.csv', 'validation_losses.csv'];

function runIn(folder: string): string {
  return join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
}

function prepared(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder);
  return folder;
}

function tablesOf(folder: string): unknown {
  return Object.fromEntries(TABLES.map((name) => [name, numbersOf(join(runIn(folder), name))]));
}

/** Waits until so many evaluations are in the run's table. */
async function evaluated(run: string, rows: number): Promise<void> {
  const file = join(run, 'eval_measurements.csv');
  while (!existsSync(file) || readFileSync(file, 'utf8').trimEnd().split('\n').length <= rows) await setTimeout(5);
}

/** Waits until the run has a checkpoint. */
async function firstCheckpoint(run: string): Promise<void> {
  while (!existsSync(join(run, 'checkpoints'))) await setTimeout(20);
}

test('killed three times and resumed, a run gives the numbers of one that was not, which is then left as it is', async () => {
  const whole = prepared();
  const child = start(whole, RUN);
  const end = finished(child);
  // Where its messages are of no interest any more, a run continues.
  child.stderr!.destroy();
  expect((await end).code).toBe(0);

  const killed = prepared();
  for (const rows of [1, 3, 5]) {
    const resumed = start(killed, rows === 1 ? RUN : [...RUN, '--resume']);
    const end = finished(resumed);
    await Promise.race([evaluated(runIn(killed), rows), end]);
    resumed.kill('SIGKILL');
    await end;
  }
  const {code, stderr} = await cli(killed, [...RUN, '--resume']);
  expect(code, stderr).toBe(0);
  expect(tablesOf(killed)).toEqual(tablesOf(whole));

  const before = readFileSync(join(runIn(killed), 'measurements.csv'), 'utf8');
  const json = await cli(killed, [...RUN, '--resume', '--json']);
  expect(json.code, json.stderr).toBe(0);
  expect(JSON.parse(json.stdout)).toMatchObject({status: 'target_reached', globalStep: 45, wasComplete: true});
  const text = await cli(killed, [...RUN, '--resume']);
  expect(text.stdout).toMatch(/^the run was already complete and is left as it is:\nmnist: target reached/);
  expect(readFileSync(join(runIn(killed), 'measurements.csv'), 'utf8')).toBe(before);
});

test.each([
  ['SIGTERM', 1],
  ['SIGUSR2', 1],
  // As `timeout` does, which sends it to its child and then to the group.
  ['SIGTERM', 2],
] as const)(
  '%s, %d at once, finishes the step, leaves a checkpoint, says how to continue, and exits with 130',
  async (signal, times) => {
    const folder = prepared();
    const child = start(folder, ENDLESS);
    const end = finished(child);
    await firstCheckpoint(runIn(folder));
    for (let sent = 0; sent < times; sent++) {
      child.kill(signal);
      await setTimeout(1);
    }
    const {code, stderr} = await end;
    expect(code).toBe(130);
    expect(stderr).toContain('--experiment-name a --resume');
    const chart = JSON.parse(readFileSync(join(runIn(folder), 'plots', 'training.vl.json'), 'utf8'));
    expect(chart.title.subtitle[0]).toMatch(/^interrupted (in the evaluation )?after step \d+$/);
    expect(existsSync(join(runIn(folder), 'LOCK'))).toBe(false);
    expect(existsSync(join(runIn(folder), 'result.json'))).toBe(false);
    expect(readdirSync(join(runIn(folder), 'checkpoints')).length).toBeGreaterThan(0);
  },
);

test('SIGTERM ends a run that keeps no checkpoints with 130, too, and says that it can only be started again', async () => {
  const folder = prepared();
  const child = start(folder, [...ENDLESS, '--set', 'checkpoints.keep=none']);
  const end = finished(child);
  await evaluated(runIn(folder), 1);
  child.kill('SIGTERM');
  const {code, stderr} = await end;
  expect([code, existsSync(join(runIn(folder), 'checkpoints'))]).toEqual([130, false]);
  expect(stderr).toContain('the run keeps no checkpoints (checkpoints.keep: none), so its work is lost. To start it');
});

test('a run interrupted before its first step has no checkpoint, says so, and is started again by --resume', async () => {
  const folder = prepared();
  writeConfig(folder, 'evaluation: {every_steps: 10}\n');
  writeFileSync(
    join(folder, 'mine.ts'),
    `export const getBatchSize = () => 4, dataSelection = ({inputQueue}) => inputQueue.next();
    export async function initOptimizerState() {
      if (process.env.INTERRUPT) {
        // The tool has heard it before this does; a signal that is awaited keeps no process alive.
        const alive = setInterval(() => {}, 1000);
        const heard = new Promise((resolve) => process.once('SIGINT', resolve));
        process.kill(process.pid, 'SIGINT');
        await heard;
        clearInterval(alive);
      }
      return {init: {}, entries: {}, save: () => null};
    }
    export const updateParams = () => ({trainingComplete: true});`,
  );
  const own = [...RUN, '--submission', './mine.ts'];
  const {code, stderr} = await cli(folder, own, {INTERRUPT: '1'});
  expect([code, stderr]).toEqual([130, expect.stringContaining('interrupted before the first step; there is no')]);
  expect(stderr).not.toContain('a checkpoint is in');
  const again = await cli(folder, [...own, '--resume', '--json']);
  expect([again.code, JSON.parse(again.stdout).globalStep], again.stderr).toEqual([0, 1]);
});

test('--resume is refused where there is no run', async () => {
  const folder = prepared();
  const {code, stderr} = await cli(folder, [...RUN, '--resume']);
  expect(code).toBe(2);
  expect(stderr).toContain('--resume: there is no run at');
  expect(existsSync(join(folder, 'experiments'))).toBe(false);
});

test('--resume is refused while another process is at work in the folder', async () => {
  const folder = prepared();
  const child = start(folder, ENDLESS);
  const end = finished(child);
  await firstCheckpoint(runIn(folder));
  const {code, stderr} = await cli(folder, [...ENDLESS, '--resume']);
  const {pid} = JSON.parse(readFileSync(join(runIn(folder), 'LOCK'), 'utf8'));
  child.kill('SIGKILL');
  await end;
  expect(code).toBe(2);
  expect(stderr).toContain(`process ${pid} on`);
});
