import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {takeLock} from '../../src/runs/index.js';
import {cli, finished, numbersOf, start, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {putStaleLock} from '../helpers/lock-clock.js';
import {NAMES, numbersOfSweep, prepareSweep, SWEEP, sweptRun, WORDS} from '../helpers/sweeps.js';

const EVALUATIONS = 'eval_measurements.csv';

const processesOf = (folder: string, name: string) =>
  [0, 1, 2, 3].filter((i) => existsSync(join(sweptRun(folder, name), `meta_data_${i}.json`))).length;

/** A sweep that two processes did without being disturbed. */
const whole = mkdtempSync(join(tmpdir(), 'algoperf-ts-sweep-'));
let first: Awaited<ReturnType<typeof cli>>;

beforeAll(async () => {
  prepareSweep(whole);
  first = await cli(whole, [...WORDS, '--jobs', '2', '--json']);
});

afterAll(() => rmSync(whole, {recursive: true, force: true}));

test('two processes do the runs, and the results are JSON on stdout and a table in the folder', () => {
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('s: 4 runs: 4 new; 2 processes')]);
  const {runs, table} = JSON.parse(first.stdout);
  expect(runs.map(({name, status, parameters, seed}: never) => ({name, status, parameters, seed}))[2]).toEqual({
    name: NAMES[2],
    status: 'target_reached',
    parameters: {learning_rate: 0.002},
    seed: 1,
  });
  const [header, ...rows] = readFileSync(join(whole, table), 'utf8').trimEnd().split('\n');
  expect(header).toBe(
    'name,workload,submission,seed,learning_rate,status,global_step,validation/accuracy,best_step,time_to_target,official,not_official_because,submission_time,path',
  );
  expect(
    rows.map((row) =>
      row.match(/(seed=.)",mnist,cyclic,(.),(0.00.),(?:target_reached|budget_spent),45,[\d.]+,\d+,/)?.slice(1, 4),
    ),
  ).toEqual([
    ['seed=1', '1', '0.001'],
    ['seed=2', '2', '0.001'],
    ['seed=1', '1', '0.002'],
    ['seed=2', '2', '0.002'],
  ]);
});

test('the charts of the runs are in the folder', () => {
  const {plots} = JSON.parse(first.stdout);
  expect(plots).toBe('experiments/s/plots');
  expect(readdirSync(join(whole, plots)).sort()).toEqual([
    'importance.png',
    'parallel.png',
    'parameters.png',
    'schedules.png',
  ]);
});

test('started again it leaves all as it is; with more values it runs what is new, and names what vanished', async () => {
  const again = await cli(whole, WORDS);
  expect([again.code, again.stderr]).toEqual([0, 's: 4 runs: 4 complete; one process\n']);
  expect(again.stdout).toContain('charts: experiments/s/plots\n');
  const folder = prepareSweep(temporaryFolder(), {sweep: SWEEP.replace('seeds: [1, 2]', 'seeds: [2]')});
  expect((await cli(folder, [...WORDS, '--jobs', '1'])).code).toBe(0);
  writeFileSync(join(folder, 'sweep.yaml'), SWEEP.replace('[0.001, 0.002]', '[0.002]'));
  const more = await cli(folder, [...WORDS, '--jobs', '1', '--json']);
  expect(more.stderr).toContain(`no longer in the file, and left as they are: s/${NAMES[1]}\n`);
  expect(more.stderr).toContain('s: 2 runs: 1 complete, 1 new');
  expect(numbersOf(join(sweptRun(folder, NAMES[2]), EVALUATIONS))).toEqual(
    numbersOf(join(sweptRun(whole, NAMES[2]), EVALUATIONS)),
  );
  rmSync(join(folder, 'experiments', 's', NAMES[3]!), {recursive: true});
  const removed = await cli(folder, [...WORDS, '--dry-run', '--no-estimate']);
  expect(removed.stderr).toContain(`begun before, but their folders are gone, so they begin again: s/${NAMES[3]}`);
});

test('whatever is killed at any moment: started again, nothing is lost, nothing runs twice, and the numbers are the same', async () => {
  const folder = prepareSweep(temporaryFolder());
  const moments = Number(process.env.SWEEP_KILLS ?? 4);
  for (let i = 0; i < moments; i++) {
    const child = start(folder, [...WORDS, '--jobs', '2']);
    const ended = finished(child);
    // From before the first process has loaded to the middle of the runs.
    await sleep(300 + 2500 * Math.random());
    const isWhole = i % 2 === 0;
    const workers = isWhole ? [] : workersOf(child.pid!);
    if (isWhole) child.kill('SIGKILL');
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    const {code} = await ended;
    // Where a worker was killed the sweep itself goes on, and says how many have failed.
    expect([0, 101, 102, null]).toContain(code);
  }
  const {code, stderr} = await cli(folder, WORDS);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  expect(numbersOfSweep(folder)).toEqual(numbersOfSweep(whole));
  for (const name of NAMES) {
    // Every evaluation is there once, and every process that worked on the run has left its mark.
    expect(numbersOf(join(sweptRun(folder, name), EVALUATIONS)).map((row) => row.global_step)).toEqual([
      '1',
      '10',
      '20',
      '30',
      '40',
      '45',
    ]);
    expect(processesOf(folder, name)).toBeGreaterThan(0);
  }
}, 600_000);

/** The processes that a process has started. */
function workersOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
}

test('a signal stops all runs with checkpoints, and the same command continues', async () => {
  const folder = prepareSweep(temporaryFolder());
  writeConfig(
    folder,
    readFileSync(join(folder, 'small.yaml'), 'utf8').replace('budget_steps: 45', 'budget_steps: 100000'),
  );
  const child = start(folder, [...WORDS, '--jobs', '2']);
  const ended = finished(child);
  for (const name of NAMES.slice(0, 2))
    while (!existsSync(join(sweptRun(folder, name), 'eval_measurements.csv'))) await sleep(50);
  child.kill('SIGINT');
  const {code, stderr, stdout} = await ended;
  expect([code, stderr]).toEqual([
    130,
    expect.stringContaining('interrupted with 4 runs left; to continue: the same command'),
  ]);
  expect(stdout).toMatch(/learning_rate=0.001,seed=1 +unfinished/);
  const next = await cli(folder, [...WORDS, '--dry-run', '--no-estimate']);
  expect(next.stdout).toContain('s: 4 runs: 2 unfinished, 2 new');
});

test('a run whose machine died at work in it is taken over by the same command, which says so', async () => {
  const sweep = SWEEP.replace('seeds: [1, 2]', 'seeds: [1]').replace('[0.001, 0.002]', '[0.001]');
  const folder = prepareSweep(temporaryFolder(), {sweep});
  expect((await cli(folder, [...WORDS, '--max-global-steps', '3'])).code).toBe(0);
  const run = sweptRun(folder, NAMES[0]);
  rmSync(join(run, 'result.json'));
  putStaleLock(run);
  const {code, stderr} = await cli(folder, WORDS);
  expect([code, stderr]).toEqual([0, expect.stringContaining('s: 1 run: 1 unfinished; one process')]);
  const path = join('experiments', 's', NAMES[0], 'mnist_tfjs', 'trial_1');
  expect(stderr).toContain(
    `warning: ${NAMES[0]}: ${path}: process 1 on elsewhere has not renewed its lock for too long; it is taken over\n`,
  );
  expect(numbersOf(join(run, EVALUATIONS))).toEqual(numbersOf(join(sweptRun(whole, NAMES[0]), EVALUATIONS)));
});

test('runs that fail before they begin leave no charts, and the others are not held up', async () => {
  const folder = prepareSweep(temporaryFolder());
  mkdirSync(join(folder, 'none'));
  const {code, stdout, stderr} = await cli(folder, ['sweep', 'sweep.yaml', '--data-dir', 'none', '--jobs', '2']);
  expect([code, stderr]).toEqual([104, expect.stringContaining(`warning: ${NAMES[3]}: failed: --data-dir: `)]);
  expect(stdout).toMatch(/table: experiments\/s\/sweep.csv\n$/);
  expect(stdout).toContain(`\n${NAMES[3]} failed: --data-dir: `);
  expect(readdirSync(join(folder, 'experiments', 's')).sort()).toEqual(['failures', 'sweep.csv', 'sweep.json']);
  const status = await cli(folder, ['sweep', 'status', 's']);
  expect(status.stdout).toMatch(/^s: 4 runs: 4 failed\n[\s\S]*seed=2 failed: --data-dir: /);
  const again = await cli(folder, [...WORDS, '--dry-run', '--no-estimate']);
  expect(again.stderr).not.toContain('folders are gone');
});

test('what is in the place of a run is told, by what can be done in a sweep', async () => {
  const folder = prepareSweep(temporaryFolder(), {sweep: SWEEP.replace('seeds: [1, 2]', 'seeds: [1]')});
  const [path, other] = [sweptRun(folder, NAMES[0]), join(folder, 'experiments', 's', NAMES[2])];
  mkdirSync(path, {recursive: true});
  writeFileSync(other, '');
  const {code, stdout, stderr} = await cli(folder, [...WORDS, '--jobs', '1', '--json']);
  expect([code, stderr]).toEqual([102, expect.stringContaining(`warning: ${NAMES[2]}: failed: `)]);
  expect(stderr).not.toMatch(/--(resume|overwrite|experiment-name)/);
  const {runs} = JSON.parse(stdout);
  expect(runs.map(({status}: {status: string}) => status)).toEqual(['failed', 'failed']);
  expect(runs[0].reason).toMatch(/what is there is no run: it has no config.yaml \(it is empty\); move it away/);
  expect(runs[1].reason).toMatch(/experiments\/s\/learning_rate=0.002,seed=1/);
});

test('mistakes, a changed config and another sweep at work are clear messages', async () => {
  const folder = prepareSweep(temporaryFolder());
  const wrong = await cli(folder, ['sweep', 'none.yaml']);
  expect([wrong.code, wrong.stderr]).toEqual([2, 'none.yaml: there is no such file\n']);
  const place = join(folder, 'experiments', 's');
  mkdirSync(place, {recursive: true});
  const lock = await takeLock(place);
  const busy = await cli(folder, WORDS);
  lock.release();
  expect([busy.code, busy.stderr]).toEqual([
    2,
    expect.stringMatching(/process \d+ on .* is at work in this sweep; wait for it, or stop it/),
  ]);
  expect((await cli(folder, [...WORDS, '--max-global-steps', '3'])).code).toBe(0);
  writeConfig(folder, readFileSync(join(folder, 'small.yaml'), 'utf8').replace('0.01', '0.02'));
  const changed = await cli(folder, WORDS);
  expect([changed.code, changed.stderr]).toEqual([
    2,
    expect.stringMatching(
      /runs of this sweep were started with other settings, code or data:\nthe run in .* was started with another config:\n {2}hyperparameters.weight_decay: was 0.01, is now 0.02\n\(and 3 more runs\)\nGive the sweep another `name`/,
    ),
  ]);
});
