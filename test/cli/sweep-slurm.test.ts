import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {cli, numbersOf, SMALL, temporaryFolder, testBackend} from '../helpers/cli.js';
import {type Cluster, hasSlurm, startCluster} from '../helpers/slurm.js';
import {NAMES, numbersOfSweep, prepareSweep, SWEEP, sweptRun, WORDS} from '../helpers/sweeps.js';

/** Runs of so many steps, with ten evaluations and checkpoints. */
const ofSteps = (steps: number): string =>
  SMALL.replace('budget_steps: 45', `budget_steps: ${steps}`).replace('every_steps: 10', `every_steps: ${steps / 10}`);

/** Runs of some seconds, which are at work when their signals come. */
const LONG = ofSteps(testBackend === 'tensorflow' ? 20_000 : 600);

let cluster: Cluster;

beforeAll(async () => {
  if (hasSlurm) cluster = await startCluster();
});

afterAll(() => cluster?.stop());

test.skipIf(!hasSlurm)(
  'on a real Slurm, whatever happens to its jobs and its node, every run is complete in the end, and its numbers are those of one process',
  async () => {
    const folder = prepareSweep(temporaryFolder(), {config: LONG});
    const tool = (...words: string[]) => cli(folder, words, cluster.env);
    const launched = await tool(
      ...WORDS,
      '--launcher',
      'slurm',
      '--runs-per-task',
      '2',
      '--sbatch',
      'comment=a test',
      '--json',
    );
    expect([launched.code, launched.stderr]).toEqual([0, '']);
    const {job} = JSON.parse(launched.stdout);
    await begun(folder, NAMES[0]);
    await begun(folder, NAMES[2]);
    expect((await tool('sweep', 'status', 's')).stdout).toMatch(/s: 4 runs: [\s\S]*running[\s\S]*RUNNING/);
    signal('TERM', `${job}_0`);
    await cluster.restartNode();
    signal('KILL', `${job}_1`);
    // Slurm has a job wait for two minutes before it starts again.
    const hurry = setInterval(() => {
      for (const task of [0, 1]) slurm('scontrol', 'update', `JobId=${job}_${task}`, 'StartTime=now');
    }, 1000);
    await tool('sweep', 'wait', 's');
    clearInterval(hurry);
    // What was killed and did not go back into the queue is begun again by the same command.
    const again = await tool(...WORDS, '--launcher', 'slurm');
    expect(again.code).toBe(0);
    const end = await tool('sweep', 'wait', 's');
    expect([end.code, end.stdout]).toEqual([0, 's: 4 runs: 4 target reached\n']);
    const logs = (await tool('sweep', 'logs', 's')).stdout;
    expect(logs).toContain(`${NAMES[0]}: interrupted\n`);
    expect(logs).toContain(`job ${job}_0 goes back into the queue\n`);
    const alone = prepareSweep(temporaryFolder(), {config: LONG});
    expect((await cli(alone, [...WORDS, '--jobs', '2'])).code).toBe(0);
    expect(numbersOfSweep(folder)).toEqual(numbersOfSweep(alone));
    for (const name of NAMES) expect(numbersOf(join(sweptRun(folder, name), 'eval_measurements.csv'))).toHaveLength(11);
  },
  600_000,
);

test.skipIf(!hasSlurm)(
  'a sweep that is cancelled leaves the queue, and its runs have checkpoints',
  async () => {
    const folder = prepareSweep(temporaryFolder(), {config: ofSteps(1_000_000)});
    const tool = (...words: string[]) => cli(folder, words, cluster.env);
    expect((await tool(...WORDS, '--launcher', 'slurm')).code).toBe(0);
    await begun(folder, NAMES[0]);
    expect((await tool('sweep', 'cancel', 's')).stdout).toMatch(/^cancelled: job \d+\n$/);
    const end = await tool('sweep', 'wait', 's');
    expect([end.code, end.stdout]).toEqual([104, expect.stringMatching(/^s: 4 runs: .*unfinished/)]);
    expect((await tool('sweep', 'cancel', 's')).stderr).toBe('s: none of its jobs is in the queue\n');
  },
  300_000,
);

test.skipIf(!hasSlurm)(
  'runs of a job array are ended early as those of one process are',
  async () => {
    const sweep = `${SWEEP.replace('[0.001, 0.002]', '[0.01, 0.00001]')}metric: {name: loss}
early_terminate: {type: hyperband, min_iter: 2, eta: 2}
`;
    const [folder, alone] = [0, 1].map(() => prepareSweep(temporaryFolder(), {sweep})) as [string, string];
    const launched = await cli(folder, [...WORDS, '--launcher', 'slurm'], cluster.env);
    expect([launched.code, launched.stderr]).toEqual([0, expect.stringContaining('warning: early_terminate: a run')]);
    const end = await cli(folder, ['sweep', 'wait', 's'], cluster.env);
    expect([end.code, end.stdout]).toEqual([0, expect.stringContaining('2 terminated early')]);
    expect((await cli(alone, [...WORDS, '--jobs', '1'])).code).toBe(0);
    for (const name of ['0.01,seed=1', '0.01,seed=2', '0.00001,seed=1', '0.00001,seed=2'])
      expect(evaluationsOf(folder, name)).toEqual(evaluationsOf(alone, name));
  },
  300_000,
);

const evaluationsOf = (folder: string, name: string) =>
  numbersOf(join(sweptRun(folder, `learning_rate=${name}`), 'eval_measurements.csv'));

async function begun(folder: string, name: string): Promise<void> {
  const checkpoints = join(sweptRun(folder, name), 'checkpoints');
  while (!existsSync(checkpoints)) await sleep(50);
}

function signal(name: string, task: string): void {
  const {status, stderr} = slurm('scancel', `--signal=${name}`, task);
  expect([status, stderr]).toEqual([0, '']);
}

function slurm(command: string, ...words: string[]) {
  return spawnSync(command, words, {env: {...process.env, ...cluster.env}, encoding: 'utf8'});
}

test('--launcher print writes the script and submits nothing', async () => {
  const folder = prepareSweep(temporaryFolder());
  const words = [
    '--launcher',
    'print',
    '--partition',
    'gpu',
    '--gres',
    'gpu:1',
    '--time',
    '1:00:00',
    '--cpus-per-task',
    '4',
  ];
  const {code, stdout} = await cli(folder, [...WORDS, ...words, '--max-parallel', '2', '--sbatch', 'mem=4G']);
  expect([code, stdout]).toEqual([0, 'experiments/s/slurm/array-1.sbatch\n']);
  const script = readFileSync(join(folder, stdout.trim()), 'utf8');
  for (const option of [
    'array=0-3%2',
    'partition=gpu',
    'gres=gpu:1',
    'time=1:00:00',
    'cpus-per-task=4',
    'mem=4G',
    'requeue',
  ])
    expect(script).toContain(`#SBATCH --${option}\n`);
  expect(spawnSync('bash', ['-n', join(folder, stdout.trim())]).status).toBe(0);
  const none = await cli(folder, [...WORDS, '--launcher', 'slurm'], {PATH: folder});
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--launcher slurm: sbatch can't be started")]);
});

test('--launcher command does the runs by a command of the user', async () => {
  const folder = prepareSweep(temporaryFolder());
  const words = [...WORDS, '--launcher', 'command', '--runs-per-task', '2', '--jobs', '2'];
  const refused = await cli(folder, [...words, '--template', 'echo']);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--template: must have {command}')]);
  const {code, stderr} = await cli(folder, [...words, '--template', 'echo begun; {command}']);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/begun\n[\s\S]*seed=2: complete\n/);
  const status = await cli(folder, ['sweep', 'status', 's']);
  expect(status.stdout).toMatch(/^s: 4 runs: .*target reached/);
});
