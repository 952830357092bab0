import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {isRunning} from '../../src/runs/processes.js';
import {cli, finished, SMALL, start, temporaryFolder} from '../helpers/cli.js';
import {NAMES, prepareSweep, SWEEP, sweptRun, WORDS} from '../helpers/sweeps.js';

const COMMAND = [...WORDS, '--launcher', 'command'];

/** One run, so that its command is the only one. */
const ONE = SWEEP.replace('seeds: [1, 2]', 'seeds: [1]').replace('[0.001, 0.002]', '[0.001]');

test('a sweep by commands of the user ends as one by processes of its own; once complete, any launcher says so', async () => {
  const folder = prepareSweep(temporaryFolder());
  const {code, stdout} = await cli(folder, [...COMMAND, '--jobs', '2', '--template', '{command}', '--json']);
  expect(code).toBe(0);
  const {runs, table, plots} = JSON.parse(stdout);
  expect(runs.map(({name, globalStep}: never) => [name, globalStep])).toEqual(NAMES.map((name) => [name, 45]));
  expect([existsSync(join(folder, table)), readdirSync(join(folder, plots)).length]).toEqual([true, 4]);
  rmSync(join(folder, table));
  const print = await cli(folder, [...WORDS, '--launcher', 'print', '--json']);
  expect([print.code, print.stderr]).toEqual([0, 's: 4 runs: all complete\n']);
  expect(JSON.parse(print.stdout)).toEqual({script: null, tasks: 0, ...JSON.parse(stdout)});
  expect(existsSync(join(folder, table))).toBe(true);
  const slurm = await cli(folder, [...WORDS, '--launcher', 'slurm', '--json']);
  expect(JSON.parse(slurm.stdout)).toEqual({job: null, ...JSON.parse(print.stdout)});
  const script = await cli(folder, [...WORDS, '--launcher', 'print']);
  expect([script.code, script.stdout]).toEqual([0, '']);
});

test('commands that fail are told with their exit code and the end of their stderr, and their runs are counted', async () => {
  const folder = prepareSweep(temporaryFolder());
  const silent = await cli(folder, [...COMMAND, '--runs-per-task', '3', '--template', 'false {command}']);
  expect(silent.code).toBe(104);
  const reason = 'its command ended with exit code 1 and wrote nothing on stderr';
  expect(silent.stderr).toBe(NAMES.map((name) => `warning: ${name}: failed: ${reason}\n`).join(''));
  expect(silent.stdout).toContain(`\n${NAMES[3]} failed: ${reason}\n`);
  const template = 'seq 20 >&2; exit 7; {command}';
  const {code, stdout} = await cli(folder, [...COMMAND, '--template', template, '--json']);
  expect(code).toBe(104);
  const told = {status: 'failed', reason: 'its command ended with exit code 7:\n16\n17\n18\n19\n20'};
  expect(JSON.parse(stdout).runs[2]).toMatchObject({name: NAMES[2], ...told});
  expect(JSON.parse((await cli(folder, ['sweep', 'status', 's', '--json'])).stdout)).toMatchObject({
    counts: {failed: 4},
    rows: NAMES.map((name) => ({name, ...told})),
  });
});

test('commands that end well without doing their tasks have not done them', async () => {
  const folder = prepareSweep(temporaryFolder(), {sweep: ONE});
  const {code, stderr} = await cli(folder, [...COMMAND, '--template', 'true {command}']);
  expect([code, stderr]).toEqual([
    101,
    `warning: ${NAMES[0]}: failed: its command ended with exit code 0 without doing it: what --template names has to wait for {command}\n`,
  ]);
});

test('runs that are complete have not failed with their command, which is told', async () => {
  const folder = prepareSweep(temporaryFolder(), {sweep: ONE});
  const {code, stderr} = await cli(folder, [...COMMAND, '--template', '{command} && exit 3']);
  expect([code, stderr]).toEqual([
    0,
    expect.stringContaining(`: complete, though its command ended with exit code 3:\nlearning_rate`),
  ]);
});

/** A sweep by commands that would take long, once its run has a checkpoint. */
async function underWay() {
  const config = SMALL.replace('budget_steps: 45', 'budget_steps: 1000000');
  const folder = prepareSweep(temporaryFolder(), {sweep: ONE, config});
  const child = start(folder, [...COMMAND, '--template', '{command}; true', '--json']);
  const run = sweptRun(folder, NAMES[0]);
  while (!existsSync(join(run, 'eval_measurements.csv'))) await sleep(50);
  return {folder, run, child, ended: finished(child)};
}

test('a signal stops the commands with checkpoints', async () => {
  const {run, child, ended} = await underWay();
  child.kill('SIGTERM');
  const {code, stdout, stderr} = await ended;
  expect([code, stderr]).toEqual([
    130,
    expect.stringContaining('interrupted with 1 run left; to continue: the same command\n'),
  ]);
  expect(JSON.parse(stdout).runs).toMatchObject([{status: 'unfinished', reason: null}]);
  expect(['LOCK', 'result.json'].filter((name) => existsSync(join(run, name)))).toEqual([]);
});

test('a second signal ends the commands at once', async () => {
  const {run, child, ended} = await underWay();
  // Its process does not hear the first.
  process.kill(JSON.parse(readFileSync(join(run, 'LOCK'), 'utf8')).pid, 'SIGSTOP');
  child.kill('SIGTERM');
  await sleep(700);
  child.kill('SIGTERM');
  expect((await ended).code).toBe(130);
  await gone(JSON.parse(readFileSync(join(run, 'LOCK'), 'utf8')).pid);
});

test('the commands of a sweep that is killed end with checkpoints', async () => {
  const {run, child, ended} = await underWay();
  const {pid} = JSON.parse(readFileSync(join(run, 'LOCK'), 'utf8'));
  child.kill('SIGKILL');
  await gone(pid);
  expect((await ended).code).toBe(null);
  expect(['LOCK', 'result.json'].filter((name) => existsSync(join(run, name)))).toEqual([]);
});

async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await sleep(50);
}
