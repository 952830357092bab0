import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {cli, filesBelow, numbersOf, SMALL, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  writeConfig(folder);
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
});

const DATA = ['--data-dir', 'data', '--backend', 'wasm', '--rng-seed', '3'];
const RUN = ['run', '--workload', 'mnist', '--config', 'small.yaml', '--experiment-name', 'a', ...DATA];

describe('run', () => {
  test('leaves the whole folder and prints the result alone on stdout', async () => {
    const {code, stdout, stderr} = await cli(folder, [...RUN, '--json', '--set', 'schedule.alter_decays=[0,.002]']);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout);
    const path = join(folder, 'experiments/a/mnist_tfjs/trial_1');
    expect(result).toMatchObject({
      experiment: 'a',
      path: 'experiments/a/mnist_tfjs/trial_1',
      globalStep: 45,
      official: false,
    });
    expect(result.best).toMatchObject({
      value: expect.any(Number),
      globalStep: expect.any(Number),
      seconds: expect.any(Number),
    });
    expect(filesBelow(path)).toEqual(
      [
        ...['config.yaml', 'hparams.json', 'overrides.json', 'flags_0.json', 'meta_data_0.json', 'result.json'],
        ...[
          'measurements.csv',
          'eval_measurements.csv',
          'reinits.csv',
          'schedule.csv',
          'validation_losses.csv',
          'events.jsonl',
          'log.jsonl',
        ],
        ...['lr-schedule-0', 'training'].flatMap((name) =>
          ['png', 'svg', 'vl.json'].map((ending) => `plots/${name}.${ending}`),
        ),
        ...[
          'checkpoints/step-40.safetensors',
          'checkpoints/step-45.safetensors',
          `checkpoints/step-${result.best.globalStep}.safetensors`,
        ],
      ]
        .filter((name, i, all) => all.indexOf(name) === i)
        .sort(),
    );
    expect(JSON.parse(readFileSync(join(path, 'overrides.json'), 'utf8'))).toEqual({
      'schedule.alter_decays': [0, 0.002],
    });
    expect(numbersOf(join(path, 'reinits.csv'))).toEqual([
      {
        global_step: '22',
        cause: 'boundary',
        method: 'reinit',
        params_factor: '',
        moments_factor: '',
        num_early_stops: '0',
        plot: '0',
      },
    ]);
  });

  test("has AlgoPerf's columns, an evaluation after step 1, and a last row with the score; its picture is there before the first step", async () => {
    const {code, stderr} = await cli(folder, RUN);
    expect(code, stderr).toBe(0);
    const path = join(folder, 'experiments/a/mnist_tfjs/trial_1');
    const lines = readFileSync(join(path, 'eval_measurements.csv'), 'utf8').trim().split('\n');
    expect(lines[0]).toBe(
      'accumulated_eval_time,accumulated_logging_time,accumulated_submission_time,global_step,preemption_count,score,test/accuracy,test/loss,test/num_examples,total_duration,train/accuracy,train/loss,validation/accuracy,validation/loss,validation/num_examples',
    );
    expect(numbersOf(join(path, 'eval_measurements.csv')).map((row) => row.global_step)).toEqual([
      '1',
      '10',
      '20',
      '30',
      '40',
      '45',
    ]);
    const measurements = readFileSync(join(path, 'measurements.csv'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(','));
    expect(new Set(measurements[0]).size).toBe(measurements[0]!.length);
    const last = Object.fromEntries(measurements[0]!.map((column, i) => [column, measurements.at(-1)![i]]));
    expect(last).toMatchObject({global_step: '45', score: expect.stringMatching(/^\d/), 'test/accuracy': ''});
    const messages = stderr.trim().split('\n');
    const drawn = messages.findIndex((message) => message.startsWith('schedule drawn: '));
    expect(drawn).toBeGreaterThan(-1);
    expect(drawn).toBeLessThan(messages.findIndex((message) => message.startsWith('step 1:')));
    expect(existsSync(join(folder, messages[drawn]!.replace('schedule drawn: ', '')))).toBe(true);
  });

  test("--log-format json gives pino's lines", async () => {
    const {stderr} = await cli(folder, [...RUN, '--log-format', 'json', '--max-global-steps', '1']);
    const lines = stderr.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^step 1: validation accuracy/)]),
    );
    const refused = await cli(folder, [...RUN, '--log-format', 'json', '--set', 'batch_size=0']);
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stderr)).toMatchObject({level: 50, msg: expect.stringContaining('batch_size')});
  });

  test('--quiet says nothing but the result', async () => {
    const {stdout, stderr} = await cli(folder, [...RUN, '--quiet', '--max-global-steps', '1']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^mnist: .* after 1 step/);
  });

  test('stops at both targets unless asked to continue', async () => {
    const stop = [
      '--set',
      'evaluation.stop_at_target=true',
      '--set',
      'schedule.budget_steps=1000',
      '--set',
      'hyperparameters.learning_rate=.02',
    ];
    const {stdout} = await warm(folder, [...RUN, '--json', ...stop]);
    const result = JSON.parse(stdout);
    expect(result.status).toBe('target_reached');
    expect(result.globalStep).toBeLessThan(1000);
    expect(result.timeToTarget.globalStep).toBeLessThanOrEqual(result.globalStep);
  });

  test('--max-runtime ends it without a last evaluation', async () => {
    const {stdout} = await warm(folder, [
      ...RUN,
      '--json',
      '--max-runtime',
      '0.2',
      '--set',
      'schedule.budget_steps=100000',
      '--set',
      'evaluation.every_steps=50000',
    ]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({status: 'budget_spent', reason: "the submission's 0.2 seconds are spent"});
    // Where the first step alone takes as long, it is not evaluated either.
    const table = join(folder, result.path, 'eval_measurements.csv');
    const evaluated = existsSync(table) ? numbersOf(table).map((row) => row.global_step) : [];
    expect(evaluated).toEqual(result.globalStep > 1 ? ['1'] : []);
    expect(result.times.submission).toBeGreaterThanOrEqual(0.2);
  });

  test('an early stop redraws the schedule', async () => {
    const early = [
      '--set',
      'early_stopping.enabled=true',
      '--set',
      'early_stopping.epsilon=0',
      '--set',
      'early_stopping.smoothing=1',
    ];
    const bad = [
      '--set',
      'hyperparameters.learning_rate=5',
      '--set',
      'schedule.warmup_schedule_fns=[none,linear]',
      '--set',
      'schedule.budget_steps=200',
    ];
    const {stdout} = await warm(folder, [...RUN, '--json', ...early, ...bad]);
    const path = join(folder, JSON.parse(stdout).path);
    expect(readFileSync(join(path, 'events.jsonl'), 'utf8')).toMatch(
      /cycle 1 of 2 stopped early at step \d+: the validation loss rises \(divergence\)/,
    );
    expect(numbersOf(join(path, 'reinits.csv'))[0]).toMatchObject({
      cause: 'divergence',
      num_early_stops: '1',
      plot: '1',
    });
    expect(existsSync(join(path, 'plots/lr-schedule-1.png'))).toBe(true);
    expect(readFileSync(join(path, 'plots/lr-schedule-1.svg'), 'utf8')).toMatch(
      /Learning Rate Schedule: .*stopped early: divergence/s,
    );
    expect(readFileSync(join(path, 'plots/training.svg'), 'utf8')).toContain('cycle 1 stopped: divergence');
    expect(numbersOf(join(path, 'validation_losses.csv')).length).toBeGreaterThan(1);
  });

  test('gives the same tables on the cpu engine as to its targets', async () => {
    const {code, stderr} = await warm(folder, [
      ...RUN.map((word) => (word === 'wasm' ? 'cpu' : word)),
      '--max-global-steps',
      '10',
    ]);
    expect(code, stderr).toBe(0);
  });
});

describe('plot', () => {
  const PLOT = ['plot', '--workload', 'mnist', '--config', 'small.yaml'];

  test('draws a PNG of 2400 by 1200, or an SVG', async () => {
    const {code, stdout} = await cli(folder, PLOT);
    expect([code, stdout]).toEqual([0, 'lr-schedule.png\n']);
    const png = readFileSync(join(folder, 'lr-schedule.png'));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2400, 1200]);
    expect((await warm(folder, [...PLOT, '--out', 'a.svg'])).code).toBe(0);
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).toContain('Learning Rate Schedule');
  });

  test('lays the schedules of several configs over one another, with what differs', async () => {
    writeFileSync(join(folder, 'other.yaml'), SMALL.replace('learning_rate: 0.002', 'learning_rate: 0.004'));
    const both = [...PLOT, '--config', 'other.yaml'];
    expect((await warm(folder, [...both, '--out', 'both.svg'])).code).toBe(0);
    const svg = readFileSync(join(folder, 'both.svg'), 'utf8');
    for (const text of ['Learning Rate Schedules', 'small: learning_rate=0.002', 'other: learning_rate=0.004'])
      expect(svg).toContain(text);
    const values = await warm(folder, [...both, '--values']);
    expect([values.code, values.stderr]).toEqual([2, expect.stringContaining('--values: prints one schedule')]);
  });

  test('--width is a width in print', async () => {
    expect((await warm(folder, [...PLOT, '--width', '8.5cm', '--out', 'narrow.svg'])).code).toBe(0);
    expect(readFileSync(join(folder, 'narrow.svg'), 'utf8')).toContain('width="85mm"');
    const {code, stderr} = await warm(folder, [...PLOT, '--width', '85']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('such as 85mm, 8.5cm or 3.35in')]);
  });

  test('--values prints every step', async () => {
    const {stdout} = await warm(folder, [...PLOT, '--values']);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('step,learning_rate');
    expect(lines).toHaveLength(46);
    expect(lines[1]).toBe('0,0');
    expect(lines[3]).toBe('2,0.002');
    expect(existsSync(join(folder, 'lr-schedule.png'))).toBe(false);
  });

  test('another ending, a folder that is not there', async () => {
    const {code, stderr} = await warm(folder, [...PLOT, '--out', 'a.gif']);
    expect([code, stderr]).toEqual([2, "--out: must end in .png, .svg or .pdf, got 'a.gif'\n"]);
    const nowhere = await warm(folder, [...PLOT, '--out', 'none/a.png']);
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      "none/a.png: there is no such folder; make it, or choose another (ENOENT: no such file or directory, open 'none/a.png')\n",
    ]);
  });
});

describe('runs and workloads', () => {
  test('list everything', async () => {
    await warm(folder, RUN);
    const listed = JSON.parse((await cli(folder, ['runs', 'list', '--json'])).stdout);
    expect(listed).toMatchObject([{experiment: 'a', workload: 'mnist', globalStep: 45}]);
    expect((await warm(folder, ['runs', 'list'])).stdout).toMatch(/^# +id +experiment +workload +status/);
    expect((await warm(folder, ['runs', 'show', 'a'])).stdout).toContain('a: mnist,');
    const unknown = await warm(folder, ['runs', 'show', 'b']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("there is no run 'b' in experiments")]);
    const workloads: {name: string; budget: object}[] = JSON.parse(
      (await warm(folder, ['workloads', '--json'])).stdout,
    );
    expect(workloads.find(({name}) => name === 'mnist')).toMatchObject({budget: {stepHint: 7813}});
    expect(workloads.find(({name}) => name === 'ogbg_silu')).toMatchObject({target: {validation: 0.282178}});
  });

  test('print figures as a run does; JSON has them whole', async () => {
    const path = join(folder, 'experiments/b/mnist_tfjs/trial_1');
    mkdirSync(path, {recursive: true});
    writeFileSync(join(path, 'config.yaml'), '');
    const best = {value: 0.975, globalStep: 7800, seconds: 21.5};
    const timeToTarget = {globalStep: 6000, seconds: 20};
    const times = {submission: 31.5, evaluation: 1, logging: 0, total: 33};
    const reason = 'told to';
    const result = {status: 'stopped', reason, globalStep: 7813, metric: 'accuracy', best, timeToTarget, times};
    writeFileSync(join(path, 'result.json'), JSON.stringify(result));
    const [header, row] = (await warm(folder, ['runs', 'list'])).stdout.split('\n');
    const [index, id, ...cells] = row!.split(/ {2,}/);
    expect([index, id]).toEqual(['1', expect.stringMatching(/^[0-9a-f]{10}$/)]);
    expect(cells).toEqual(['b', 'mnist', 'stopped', '7,813', '0.9750', '7,800', '20.00†', '31.50']);
    for (const column of ['steps', 'best', 'at step', 'to target (s)'])
      expect(row![header!.indexOf(`  ${column}`) + column.length + 1], column).toMatch(/[\d†]/);
    const shown = (await warm(folder, ['runs', 'show', 'b'])).stdout;
    expect(shown).toContain('b: mnist, stopped at step 7,813\n');
    expect(shown).toContain('best validation accuracy 0.9750 at step 7,800\n');
    expect(shown).toContain('target reached at step 6,000, after 20.00 s (not official)\n');
    const [json] = JSON.parse((await warm(folder, ['runs', 'list', '--json'])).stdout);
    expect(json).toMatchObject({globalStep: 7813, best: {value: 0.975}, submissionSeconds: 31.5});
  });

  test('an empty folder has none', async () => {
    expect((await warm(folder, ['runs', 'list'])).stdout).toBe(
      'there are no runs in experiments: there is no such folder\n',
    );
    expect((await warm(folder, ['runs', 'list', '--json'])).stdout).toBe('[]\n');
  });
});

describe('config schema', () => {
  test('describes every key, with what is allowed', async () => {
    const schema = JSON.parse((await warm(folder, ['config', 'schema'])).stdout);
    expect(Object.keys(schema.properties)).toEqual([
      'submission',
      'batch_size',
      'evaluation',
      'checkpoints',
      'hyperparameters',
      'schedule',
      'reset',
      'early_stopping',
      'logging',
    ]);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.schedule.properties.decay_schedule_fns.items.anyOf[0].enum).toEqual([
      'cosine',
      'exponential',
      'linear',
      'constant',
      'polynomial',
      'geometric',
      'inverse_sqrt',
      'stable',
      'sgdr',
      'one_cycle',
    ]);
    expect(schema.properties.reset.properties.alpha).toMatchObject({default: 0.5, minimum: 0, maximum: 1});
    expect(schema.required).toEqual(['hyperparameters', 'schedule']);
  });
});

test("--version is the tool's before a command, and TensorFlow's after `backend install`", async () => {
  const own = await cli(folder, ['--version']);
  expect([own.code, own.stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)]);
  const tensorflows = await warm(folder, ['backend', 'install', '--version', 'new']);
  expect([tensorflows.code, tensorflows.stdout]).toEqual([2, '']);
  expect(tensorflows.stderr).toContain("'new' is invalid. It must be three numbers, such as 2.21.0.");
});
