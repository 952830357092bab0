import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {cli, filesBelow, finished, numbersOf, start, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

const RUN = [
  'run',
  '--workload',
  'mnist',
  '--config',
  'small.yaml',
  '--experiment-name',
  'a',
  '--data-dir',
  'data',
  '--backend',
  'wasm',
  '--rng-seed',
  '7',
];
const TABLES = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'schedule.csv', 'validation_losses.csv'];

/** The uninterrupted run that all others are compared with. */
const whole = mkdtempSync(join(tmpdir(), 'algoperf-ts-whole-'));
let wholeMilliseconds = 0;

function runIn(folder: string): string {
  return join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
}

function prepare(folder: string): string {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder);
  return folder;
}

function tablesOf(folder: string): unknown {
  return Object.fromEntries(TABLES.map((name) => [name, numbersOf(join(runIn(folder), name))]));
}

beforeAll(async () => {
  prepare(whole);
  const began = performance.now();
  const {code, stderr} = await cli(whole, RUN);
  wholeMilliseconds = performance.now() - began;
  expect(code, stderr).toBe(0);
});

afterAll(() => rmSync(whole, {recursive: true, force: true}));

test('the same seed gives the same numbers', async () => {
  const folder = prepare(temporaryFolder());
  expect((await cli(folder, RUN)).code).toBe(0);
  expect(tablesOf(folder)).toEqual(tablesOf(whole));
  expect(numbersOf(join(runIn(folder), 'eval_measurements.csv'))).toHaveLength(6);
});

test('another seed gives other numbers', async () => {
  const folder = prepare(temporaryFolder());
  expect((await cli(folder, [...RUN.slice(0, -1), '8'])).code).toBe(0);
  expect(tablesOf(folder)).not.toEqual(tablesOf(whole));
});

/** Resumes, or begins anew where the process was killed before there was a run. */
async function goOn(folder: string): Promise<void> {
  const words = existsSync(runIn(folder)) ? [...RUN, '--resume'] : RUN;
  const {code, stderr} = await cli(folder, words);
  expect(code, stderr).toBe(0);
}

describe('killed at any moment and resumed, a run gives the numbers of one that was not', () => {
  const moments = Array.from({length: 20}, (_, i) => (i + 0.5) / 20);
  test.each(moments)('at %f of its time', async (moment) => {
    const folder = prepare(temporaryFolder());
    const child = start(folder, RUN);
    const end = finished(child);
    await setTimeout(moment * wholeMilliseconds);
    child.kill('SIGKILL');
    await end;
    if (existsSync(runIn(folder))) requireNothingHalfWritten(runIn(folder));
    await goOn(folder);
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
    const withoutNumbered = (files: string[]) => files.filter((name) => !/flags_|meta_data_/.test(name));
    expect(withoutNumbered(filesBelow(runIn(folder)))).toEqual(withoutNumbered(filesBelow(runIn(whole))));
  });
});

/** Every file with its final name is whole; only those named as temporary may be cut. */
function requireNothingHalfWritten(run: string): void {
  for (const name of filesBelow(run).filter((file) => !file.endsWith('.tmp'))) {
    const text = readFileSync(join(run, name));
    if (name.endsWith('.json')) JSON.parse(text.toString());
    if (name.endsWith('.csv') && text.length > 0) expect(text.at(-1), name).toBe(10);
    if (name.endsWith('.png')) expect(text.subarray(-8, -4).toString(), name).toBe('IEND');
    if (name.endsWith('.svg')) expect(text.toString().trimEnd(), name).toMatch(/<\/svg>$/);
  }
}

test.each([
  ['SIGTERM', 1],
  ['SIGUSR2', 1],
  // As `timeout` does, which sends it to its child and then to the group.
  ['SIGTERM', 2],
] as const)(
  '%s, %d at once, finishes the step, leaves a checkpoint, says how to go on, and exits with 130',
  async (signal, times) => {
    const folder = prepare(temporaryFolder());
    const child = start(folder, [...RUN, '--set', 'schedule.budget_steps=100000']);
    const end = finished(child);
    while (!existsSync(join(runIn(folder), 'checkpoints'))) await setTimeout(20);
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

test('SIGTERM ends a run that keeps no checkpoints with 130, too, and says that it can only be begun again', async () => {
  const folder = prepare(temporaryFolder());
  const child = start(folder, [...RUN, '--set', 'schedule.budget_steps=100000', '--set', 'checkpoints.keep=none']);
  const end = finished(child);
  while (!existsSync(join(runIn(folder), 'eval_measurements.csv'))) await setTimeout(20);
  child.kill('SIGTERM');
  const {code, stderr} = await end;
  expect([code, existsSync(join(runIn(folder), 'checkpoints'))]).toEqual([130, false]);
  expect(stderr).toContain(
    'the run keeps no checkpoints (checkpoints.keep: none), so what it did is lost. To begin it',
  );
});

test('a run whose messages nobody reads any more goes on', async () => {
  const folder = prepare(temporaryFolder());
  const child = start(folder, RUN);
  const end = finished(child);
  child.stderr!.destroy();
  expect((await end).code).toBe(0);
  expect(tablesOf(folder)).toEqual(tablesOf(whole));
});

test('stopped by --max-global-steps, resumed to the same place and then to its end, a run gives the same numbers', async () => {
  const folder = prepare(temporaryFolder());
  const evaluated = () => numbersOf(join(runIn(folder), 'eval_measurements.csv')).map((row) => row.global_step);
  for (const more of [[], ['--resume']]) {
    expect((await cli(folder, [...RUN, '--max-global-steps', '15', ...more])).code).toBe(0);
    expect(evaluated()).toEqual(['1', '10', '15']);
  }
  expect((await cli(folder, [...RUN, '--resume'])).code).toBe(0);
  expect(tablesOf(folder)).toEqual(tablesOf(whole));
});

test('a run interrupted before its first step has no checkpoint, says so, and is begun again by --resume', async () => {
  const folder = prepare(temporaryFolder());
  writeConfig(folder, 'evaluation: {every_steps: 10}\n');
  writeFileSync(
    join(folder, 'mine.ts'),
    `export const getBatchSize = () => 4, dataSelection = ({inputQueue}) => inputQueue.next();
    export async function initOptimizerState() {
      if (process.env.INTERRUPT) process.kill(process.pid, 'SIGINT');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return {init: {}, entries: {}, save: () => null};
    }
    export const updateParams = () => ({trainingComplete: true});`,
  );
  const words = [...RUN, '--submission', './mine.ts'];
  const {code, stderr} = await cli(folder, words, {INTERRUPT: '1'});
  expect([code, stderr]).toEqual([130, expect.stringContaining('interrupted before the first step; there is no')]);
  expect(stderr).not.toContain('a checkpoint is in');
  const again = await cli(folder, [...words, '--resume', '--json']);
  expect([again.code, JSON.parse(again.stdout).globalStep], again.stderr).toEqual([0, 1]);
});

describe('a damaged checkpoint', () => {
  test('is passed over, told, and kept under another name', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '35'])).code).toBe(0);
    const checkpoints = join(runIn(folder), 'checkpoints');
    const last = join(checkpoints, 'step-35.safetensors');
    const bytes = readFileSync(last);
    bytes[bytes.length - 1000]! ^= 1;
    writeFileSync(last, bytes);
    const {code, stderr} = await cli(folder, [...RUN, '--resume']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('step-35.safetensors is damaged (its checksum is wrong)');
    expect(stderr).toContain('from its checkpoint after step 30');
    expect(readdirSync(checkpoints)).toContain('step-35.safetensors.damaged');
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
  });

  test('removed with all others is told, and the run begins anew', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '15'])).code).toBe(0);
    rmSync(join(runIn(folder), 'checkpoints'), {recursive: true});
    const {code, stderr} = await cli(folder, [...RUN, '--resume']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(
      'from its beginning: its checkpoints are gone, though its tables go to step 15; the tables',
    );
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
  });

  test('without a whole one the run begins anew', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '15'])).code).toBe(0);
    const checkpoints = join(runIn(folder), 'checkpoints');
    for (const name of readdirSync(checkpoints)) writeFileSync(join(checkpoints, name), 'cut');
    const {code, stderr} = await cli(folder, [...RUN, '--resume']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('from its beginning: none of its checkpoints is whole');
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
  });
});

test('a complete run is left as it is', async () => {
  const before = readFileSync(join(runIn(whole), 'measurements.csv'), 'utf8');
  const {code, stdout} = await cli(whole, [...RUN, '--resume', '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({status: 'target_reached', globalStep: 45, wasComplete: true});
  const text = await cli(whole, [...RUN, '--resume']);
  expect(text.stdout).toMatch(/^the run was complete already, and is left as it is:\nmnist: target reached/);
  expect(readFileSync(join(runIn(whole), 'measurements.csv'), 'utf8')).toBe(before);
});

test.each(['[]', '{}', 'null'])('a result that is none is written anew: %s', async (content) => {
  const folder = prepare(temporaryFolder());
  expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
  writeFileSync(join(runIn(folder), 'result.json'), content);
  const {code, stdout, stderr} = await cli(folder, [...RUN, '--resume', '--max-global-steps', '6', '--json']);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({status: 'stopped', globalStep: 6});
});

describe('--resume is refused', () => {
  test.each([
    [['--set', 'batch_size=3'], 'batch_size: was 16, is now 3'],
    [['--rng-seed', '9'], 'has the seed 7, got 9'],
  ])('of a complete run with %j', async (other, message) => {
    const {code, stderr} = await cli(whole, [...RUN, '--resume', ...other]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test.each([
    ['config.yaml', '{"a": '],
    ['config.yaml', ''],
    ['meta_data_0.json', '{"a": '],
    ['meta_data_0.json', '[]'],
    ['meta_data_0.json', 'null'],
    ['meta_data_0.json', '{"rng_seed": "7", "backend": "wasm"}'],
    ['meta_data_0.json', '{"rng_seed": 7}'],
  ])('where %s is damaged: %j', async (name, content) => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
    writeFileSync(join(runIn(folder), name), content);
    const {code, stderr} = await cli(folder, [...RUN, '--resume', '--quiet']);
    expect([code, stderr.trim().split('\n')]).toEqual([2, [expect.stringMatching(`${name}.* can't be read`)]]);
  });

  test('where a file of it is of the wrong kind; all stays as it was', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
    const run = runIn(folder);
    const other = join(folder, 'other');
    for (const name of ['checkpoints', 'plots', 'result.json', 'eval_measurements.csv', 'log.jsonl', 'config.yaml']) {
      renameSync(join(run, name), other);
      const isFile = statSync(other).isFile();
      if (isFile) mkdirSync(join(run, name));
      else writeFileSync(join(run, name), '');
      const before = filesBelow(run);
      const {code, stderr} = await cli(folder, [...RUN, '--resume', '--quiet']);
      const place = `experiments/a/mnist_tfjs/trial_1/${name}`;
      const kind = isFile ? 'a folder where a file' : 'a file where a folder';
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining(`${place}: it is ${kind} should be; move it away or remove it`),
      ]);
      expect(filesBelow(run)).toEqual(before);
      rmSync(join(run, name), {recursive: true});
      renameSync(other, join(run, name));
    }
  });

  test('where there is no run, with what there is', async () => {
    const {code, stderr} = await cli(whole, [...RUN.map((word) => (word === 'a' ? 'b' : word)), '--resume']);
    expect(code).toBe(2);
    expect(stderr).toContain('--resume: there is no run at');
    expect(existsSync(join(whole, 'experiments', 'b'))).toBe(false);
  });

  test('with another config, naming the keys', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
    const {code, stderr} = await cli(folder, [...RUN, '--resume', '--set', 'hyperparameters.learning_rate=.5']);
    expect(code).toBe(2);
    expect(stderr).toContain('hyperparameters.learning_rate: was 0.002, is now 0.5');
    expect(existsSync(join(runIn(folder), 'LOCK'))).toBe(false);
  });

  test('with another seed', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
    const {code, stderr} = await cli(folder, [...RUN.slice(0, -1), '9', '--resume']);
    expect([code, stderr.trim()]).toEqual([2, expect.stringContaining('has the seed 7, got 9')]);
  });

  test('with other data', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
    const file = join(folder, 'data', 't10k-labels-idx1-ubyte');
    const bytes = readFileSync(file);
    bytes[20] = (bytes[20]! + 1) % 10;
    writeFileSync(file, bytes);
    const {code, stderr} = await cli(folder, [...RUN, '--resume']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('was begun with other data than that in data')]);
    expect(existsSync(join(runIn(folder), 'LOCK'))).toBe(false);
  });

  test('where its table of evaluations is damaged', async () => {
    const folder = prepare(temporaryFolder());
    expect((await cli(folder, [...RUN, '--max-global-steps', '20'])).code).toBe(0);
    const file = join(runIn(folder), 'eval_measurements.csv');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\n[^\n]*\n/, '\ngarbage\n'));
    const {code, stderr} = await cli(folder, [...RUN, '--resume']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/eval_measurements\.csv:2: global_step must be a number/),
    ]);
  });

  test('while another process is at work in the folder', async () => {
    const folder = prepare(temporaryFolder());
    const child = start(folder, [...RUN, '--set', 'schedule.budget_steps=100000']);
    const end = finished(child);
    while (!existsSync(join(runIn(folder), 'checkpoints'))) await setTimeout(20);
    const {code, stderr} = await cli(folder, [...RUN, '--resume', '--set', 'schedule.budget_steps=100000']);
    const {pid} = JSON.parse(readFileSync(join(runIn(folder), 'LOCK'), 'utf8'));
    child.kill('SIGKILL');
    await end;
    expect(code).toBe(2);
    expect(stderr).toContain(`process ${pid} on`);
  });
});

test('on another engine it goes on, and says that numbers will differ', async () => {
  const folder = prepare(temporaryFolder());
  expect((await cli(folder, [...RUN, '--max-global-steps', '5'])).code).toBe(0);
  const onCpu = RUN.map((word) => (word === 'wasm' ? 'cpu' : word));
  const {code, stderr} = await cli(folder, [...onCpu, '--resume', '--max-global-steps', '6']);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('the run was begun on wasm and goes on on cpu: its numbers will differ a little');
});

test('with files missing it goes on, and says which have lost lines', async () => {
  const folder = prepare(temporaryFolder());
  expect((await cli(folder, [...RUN, '--max-global-steps', '30'])).code).toBe(0);
  rmSync(join(runIn(folder), 'plots'), {recursive: true});
  const file = join(runIn(folder), 'eval_measurements.csv');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n[^\n]*\n/, '\n'));
  const {code, stderr} = await cli(folder, [...RUN, '--resume']);
  expect(code, stderr).toBe(0);
  expect(stderr.match(/[^/]+: lines that were there at the checkpoint are missing/g)).toEqual([
    expect.stringContaining('eval_measurements.csv'),
  ]);
  expect(existsSync(join(runIn(folder), 'plots', 'training.png'))).toBe(true);
});

describe('more time', () => {
  const words = [...RUN, '--json'];
  const resultIn = (folder: string) => readFileSync(join(runIn(folder), 'result.json'), 'utf8');

  test.each(['--max-runtime', ''])(
    'a run that was out of it goes on, but not with the same again: %s',
    async (flag) => {
      const folder = prepare(temporaryFolder());
      const first = await cli(folder, [...words, '--max-runtime', '1e-9']);
      expect(JSON.parse(first.stdout)).toMatchObject({status: 'budget_spent', globalStep: 1, trainingComplete: false});
      const same = await cli(folder, [...words, '--max-runtime', '1e-9', '--resume']);
      expect(JSON.parse(same.stdout)).toEqual({...JSON.parse(first.stdout), wasComplete: true});
      const limit = flag === '' ? [] : [flag, '600'];
      expect((await cli(folder, [...words, ...limit, '--resume'])).code).toBe(0);
      expect(JSON.parse(resultIn(folder))).toMatchObject({globalStep: 45, trainingComplete: true});
      expect(tablesOf(folder)).toEqual(tablesOf(whole));
    },
  );

  test('leaves a run alone whose submission came to its end', async () => {
    const folder = prepare(temporaryFolder());
    const set = ['--set', 'hyperparameters.learning_rate=1e-7', '--set', 'schedule.alter_decays=[0,0]'];
    const {stdout} = await cli(folder, [...words, ...set]);
    expect(JSON.parse(stdout).status).toBe('budget_spent');
    const before = resultIn(folder);
    const again = await cli(folder, [...words, ...set, '--max-runtime', '600', '--resume']);
    expect(JSON.parse(again.stdout)).toEqual({...JSON.parse(stdout), wasComplete: true});
    expect(resultIn(folder)).toBe(before);
  });
});
