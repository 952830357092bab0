import {execFileSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {
  checkpointSteps,
  checkpointSums,
  fileHashes,
  readResult,
  readSafetensors,
  type TensorFile,
  takeLock,
  writeSafetensors,
} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import {fixedHashes, train} from '../../src/training/index.js';
import {
  type CheckName,
  confirmEvaluations,
  evaluateRun,
  examineRun,
  type Verification,
  verifyRun,
} from '../../src/verification/index.js';
import {readRecorded} from '../../src/verification/recorded-run.js';
import {temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';

/** An honest run, of which each test changes a copy. */
const honest = mkdtempSync(join(tmpdir(), 'algoperf-ts-honest-'));

const runIn = (folder: string): string => join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');

beforeAll(async () => {
  mkdirSync(join(honest, 'data'));
  writeSmallMnist(join(honest, 'data'));
  await train({
    workload: 'mnist',
    config: join(honest, writeConfig(honest)),
    set: ['checkpoints.keep=best'],
    experimentDir: join(honest, 'experiments'),
    experimentName: 'a',
    dataDir: join(honest, 'data'),
    backend: testBackend,
    rngSeed: 7,
  });
});
afterAll(() => rmSync(honest, {recursive: true}));

function copy(): string {
  const folder = temporaryFolder();
  cpSync(honest, folder, {recursive: true});
  return runIn(folder);
}

const failuresOf = ({findings}: Verification) => findings.filter(({outcome}) => outcome === 'failed');

function edit(run: string, name: string, change: (text: string) => string): void {
  const path = join(run, name);
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  expect(changed, `${name} is changed`).not.toBe(text);
  writeFileSync(path, changed);
}

const editJson = (run: string, name: string, change: (value: Record<string, never>) => object): void =>
  edit(run, name, (text) => JSON.stringify(change(JSON.parse(text))));

/** Changes the cell of a column in the rows of evaluations of a table. */
function editColumn(run: string, name: string, column: string, change: (value: number, step: number) => number): void {
  edit(run, name, (text) => {
    const [header, ...rows] = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    const [at, step] = [header!.indexOf(column), header!.indexOf('global_step')];
    for (const row of rows) if (row[at]) row[at] = String(change(Number(row[at]), Number(row[step])));
    return `${[header!, ...rows].map((row) => row.join(',')).join('\n')}\n`;
  });
}

const TABLES = ['eval_measurements.csv', 'measurements.csv'];

/** Changes a value of one evaluation wherever it is written as a number. */
function editMetric(run: string, metric: string, atStep: number, by: number): void {
  const change = (value: number, step: number) => (step === atStep ? value + by : value);
  for (const table of TABLES) editColumn(run, table, metric, change);
  edit(run, 'events.jsonl', (text) =>
    text
      .split('\n')
      .map((line) => {
        const event = line === '' ? undefined : JSON.parse(line);
        if (event?.event !== 'evaluation' || event.global_step !== atStep) return line;
        return JSON.stringify({...event, [metric]: event[metric] + by});
      })
      .join('\n'),
  );
}

/** Brings the result's hashes to the files as they are. */
const hashAgain = (run: string): void =>
  editJson(run, 'result.json', (result) => ({...result, sha256: fileHashes(run), checkpoints: checkpointSums(run)}));

/** As runs were before there were hashes. */
function withoutHashes(run: string): void {
  editJson(run, 'result.json', ({sha256: _, checkpoints: __, ...result}) => result);
  edit(run, 'events.jsonl', (text) => text.replace(/^.*"event":"result".*\n/m, ''));
  for (const step of checkpointSteps(run))
    editCheckpoint(run, step, ({tensors, metadata}) => {
      const {extent, ...saved} = JSON.parse(metadata.run!);
      return {
        tensors,
        metadata: {...metadata, run: JSON.stringify({...saved, extent: {...extent, sha256: undefined}})},
      };
    });
}

/** Writes a checkpoint again, with a right checksum. */
function editCheckpoint(run: string, step: number, change: (file: TensorFile) => TensorFile): void {
  const path = join(run, 'checkpoints', `step-${step}.safetensors`);
  writeSafetensors(path, change(readSafetensors(path)));
}

function withPosition(metadata: {readonly [name: string]: string}, change: (times: Record<string, number>) => object) {
  const saved = JSON.parse(metadata.run!);
  saved.position.times = change(saved.position.times);
  return {...metadata, run: JSON.stringify(saved)};
}

test('an honest run passes every check', async () => {
  const verified = await examineRun(copy());
  expect(failuresOf(verified)).toEqual([]);
  expect(verified).toMatchObject({isConsistent: true, isOfficial: false});
  expect(verified.notOfficialBecause).toEqual([
    'evaluation.every_steps: evaluated by steps, not by time',
    "the data has other example counts than the workload's",
  ]);
  const evaluated = verified.findings.filter(({check}) => check === 'evaluations');
  expect(evaluated.map(({message}) => message.split(':')[0])).toEqual(['step 10', 'step 40', 'step 45']);
});

/** What a hand may change, which check finds it, and what that says. */
const changes: readonly [what: string, check: CheckName, message: RegExp, change: (run: string) => void][] = [
  [
    'a value of the table',
    'tables',
    /step 45: validation\/accuracy is .* in eval_measurements.csv and .* in events.jsonl/,
    (run) => editColumn(run, TABLES[0]!, 'validation/accuracy', (value, step) => (step === 45 ? 0.999 : value)),
  ],
  [
    'a value of the measurements',
    'tables',
    /step 45: test\/loss differs between eval_measurements.csv and measurements.csv/,
    (run) => editColumn(run, TABLES[1]!, 'test/loss', (value, step) => (step === 45 ? 0.001 : value)),
  ],
  [
    'a value in all places',
    'evaluations',
    /step 45: test\/loss is .* in the table, and .* by its checkpoint/,
    (run) => editMetric(run, 'test/loss', 45, -0.001),
  ],
  [
    "the submission's time in the tables",
    'clock',
    /step 45: .* s on the submission's clock in eval_measurements.csv, .* s in the checkpoint/,
    (run) => {
      for (const table of TABLES)
        for (const column of ['accumulated_submission_time', 'score'])
          editColumn(run, table, column, (value) => value * 0.999);
    },
  ],
  [
    'the score alone',
    'clock',
    /step 10: score is .*, and the submission's time/,
    (run) => editColumn(run, TABLES[0]!, 'score', (value, step) => (step === 10 ? value / 2 : value)),
  ],
  [
    'an evaluation left out',
    'clock',
    /eval_measurements.csv lacks the evaluation of step 40, which the checkpoint has/,
    (run) => leaveOut(run, 40),
  ],
  [
    'a target',
    'targets',
    /meta_data_0.json: workload.validation_target_value is 0.5, and should be 0.97/,
    (run) => editJson(run, 'meta_data_0.json', (meta) => ({...meta, 'workload.validation_target_value': 0.5})),
  ],
  [
    'a time to the target',
    'result',
    /result.json: timeToTarget is \{"globalStep":10,"seconds":0.1\}, and should be/,
    (run) => editJson(run, 'result.json', (result) => ({...result, timeToTarget: {globalStep: 10, seconds: 0.1}})),
  ],
  [
    'the best value',
    'result',
    /result.json: best is/,
    (run) => editJson(run, 'result.json', (result) => ({...result, best: {globalStep: 45, seconds: 1, value: 1}})),
  ],
  [
    'the status',
    'result',
    /status is budget_spent, but the targets were reached/,
    (run) => editJson(run, 'result.json', (result) => ({...result, status: 'budget_spent'})),
  ],
  [
    'the time of the result',
    'clock',
    /result.json: submission time is less than at the last evaluation/,
    (run) =>
      editJson(run, 'result.json', ({times, ...result}) => ({...result, times: {...(times as object), submission: 0}})),
  ],
  [
    'a byte of a checkpoint',
    'evaluations',
    /the checkpoint of step 40 can't be read: its checksum is wrong/,
    (run) => {
      const path = join(run, 'checkpoints', 'step-40.safetensors');
      const bytes = readFileSync(path);
      bytes[bytes.length - 5]! ^= 1;
      writeFileSync(path, bytes);
    },
  ],
  [
    'a checkpoint that is of another step',
    'clock',
    /the checkpoint of step 45 is of step 40/,
    (run) =>
      renameSync(join(run, 'checkpoints', 'step-40.safetensors'), join(run, 'checkpoints', 'step-45.safetensors')),
  ],
  [
    'the parameters of a checkpoint',
    'evaluations',
    /step 45: .* in the table, and .* by its checkpoint/,
    (run) =>
      editCheckpoint(run, 45, ({tensors, metadata}) => {
        for (const {name, array} of tensors) if (name.startsWith('params/')) array.data[0]! += 0.5;
        return {tensors, metadata};
      }),
  ],
  [
    'the wall clock of the events',
    'clock',
    /step 45: the run's clock counted .* s where .* s passed by events.jsonl/,
    (run) => {
      edit(run, 'events.jsonl', (text) =>
        text
          .split('\n')
          .map((line, i) => {
            const event = line === '' ? undefined : JSON.parse(line);
            return event
              ? JSON.stringify({...event, time: new Date(Date.parse(event.time) + i * 60_000).toISOString()})
              : line;
          })
          .join('\n'),
      );
    },
  ],
  [
    'the shape of a parameter of a checkpoint',
    'evaluations',
    /the checkpoint of step 45 can't be evaluated: /,
    (run) =>
      editCheckpoint(run, 45, ({tensors, metadata}) => ({
        tensors: tensors.map(({name, array}) => ({
          name,
          array: name.startsWith('params/') ? {shape: [1], dtype: 'float32', data: Float32Array.of(1)} : array,
        })),
        metadata,
      })),
  ],
  [
    'what a checkpoint says of its moment',
    'evaluations',
    /the checkpoint of step 45 can't be read: it does not say at which moment/,
    (run) =>
      editCheckpoint(run, 45, ({tensors, metadata}) => ({tensors, metadata: {...metadata, run: '{"position": 3}'}})),
  ],
  [
    'a part of the result',
    'files',
    /result.json holds no result of a run/,
    (run) => editJson(run, 'result.json', ({notOfficialBecause: _, ...result}) => result),
  ],
  [
    'the clock of a checkpoint',
    'clock',
    /step 45: .* s on the submission's clock in eval_measurements.csv, 0.01 s in the checkpoint/,
    (run) =>
      editCheckpoint(run, 45, ({tensors, metadata}) => ({
        tensors,
        metadata: withPosition(metadata, (times) => ({...times, submission: 0.01})),
      })),
  ],
  [
    'the seed',
    'settings',
    /flags_0.json: rngSeed is 7, and should be 8/,
    (run) => editJson(run, 'meta_data_0.json', (meta) => ({...meta, rng_seed: 8})),
  ],
  [
    'the learning rate in all settings',
    'schedule',
    /schedule.csv: the learning rate at step \d+ is .*, and by the config .* at step/,
    (run) => {
      edit(run, 'config.yaml', (text) => text.replace('learning_rate: 0.002', 'learning_rate: 0.003'));
      edit(run, 'hparams.json', (text) => text.replace('0.002', '0.003'));
    },
  ],
  [
    'a hyperparameter of the config',
    'settings',
    /hparams.json and config.yaml differ in beta2/,
    (run) => edit(run, 'config.yaml', (text) => text.replace('beta2: 0.99', 'beta2: 0.98')),
  ],
  [
    'what --set changed',
    'settings',
    /config.yaml: checkpoints.keep is "all", and should be "best"/,
    (run) => edit(run, 'config.yaml', (text) => text.replace('keep: best', 'keep: all')),
  ],
  [
    'why it is not official',
    'settings',
    /no meta_data_N.json says that evaluation.every_steps: evaluated by steps, not by time/,
    (run) => {
      editJson(run, 'meta_data_0.json', (meta) => ({...meta, official: true, not_official_because: []}));
      editJson(run, 'result.json', (result) => ({...result, official: true, notOfficialBecause: []}));
    },
  ],
  [
    'that it is not official, in the result alone',
    'settings',
    /result.json lacks the reason: the data has other example counts/,
    (run) => editJson(run, 'result.json', (result) => ({...result, official: true, notOfficialBecause: []})),
  ],
  [
    'the hash of the data',
    'data',
    /meta_data_0.json: data_sha256 is "0+", and should be/,
    (run) => editJson(run, 'meta_data_0.json', (meta) => ({...meta, data_sha256: '0'.repeat(64)})),
  ],
  ['a file taken away', 'files', /meta_data_0.json is missing/, (run) => rmSync(join(run, 'meta_data_0.json'))],
  [
    'an event taken away',
    'tables',
    /eval_measurements.csv has 6 evaluations, and events.jsonl has 5/,
    (run) => edit(run, 'events.jsonl', (text) => text.replace(/^.*"event":"evaluation".*\n/m, '')),
  ],
  [
    'a reset taken away from its table',
    'tables',
    /reinits.csv has resets at the steps none, and events.jsonl at 2\d \(boundary\)/,
    (run) => edit(run, 'reinits.csv', (text) => text.split('\n', 1).join('').concat('\n')),
  ],
  [
    'the cause of a reset in the events',
    'tables',
    /reinits.csv has resets at the steps 2\d \(boundary\), and events.jsonl at 2\d \(divergence\)/,
    (run) => edit(run, 'events.jsonl', (text) => text.replace('"cause":"boundary"', '"cause":"divergence"')),
  ],
  [
    'a learning rate as run',
    'hashes',
    /^schedule.csv was changed after the run: its SHA-256 is not that in result.json/,
    (run) => edit(run, 'schedule.csv', (text) => text.replace(/^(0,\d+,30),.*$/m, '$1,0.5')),
  ],
  [
    'a learning rate as run, with its hash in the result',
    'hashes',
    /^schedule.csv was changed: up to step 10 it is not as the checkpoint of that step has it/,
    (run) => {
      edit(run, 'schedule.csv', (text) => text.replace(/^(0,\d+,30),.*$/m, '$1,0.5'));
      hashAgain(run);
    },
  ],
  [
    'the loss of a training step, with its hash in the result',
    'hashes',
    /^measurements.csv was changed: up to step 10 it is not as/,
    (run) => {
      edit(run, 'measurements.csv', (text) => text.replace(/^(1,[^,]+),[^,]+,/m, '$1,0.25,'));
      hashAgain(run);
    },
  ],
  [
    'a loss that decided on a reset',
    'hashes',
    /^validation_losses.csv was changed after the run/,
    (run) => edit(run, 'validation_losses.csv', (text) => text.replace(/,[^,]+\n/, ',0.5\n')),
  ],
  [
    'when the run was begun',
    'hashes',
    /^meta_data_0.json was changed after the run/,
    (run) => editJson(run, 'meta_data_0.json', (meta) => ({...meta, begun: '2020-01-01T00:00:00.000Z'})),
  ],
  [
    'a table taken away',
    'hashes',
    /^validation_losses.csv is missing: result.json has its hash/,
    (run) => rmSync(join(run, 'validation_losses.csv')),
  ],
  [
    'a table added',
    'hashes',
    /^more.csv was added after the run: result.json has no hash of it/,
    (run) => writeFileSync(join(run, 'more.csv'), 'global_step\n1\n'),
  ],
  [
    'an evaluation that no checkpoint is kept of, taken away everywhere',
    'tables',
    /^there is no evaluation of step 20, though the config asks for one/,
    (run) => {
      leaveOut(run, 20);
      hashAgain(run);
    },
  ],
  [
    'a checkpoint added',
    'hashes',
    /^checkpoints\/step-20.safetensors was added after the run: result.json has no hash of it/,
    (run) => cpSync(join(run, 'checkpoints', 'step-10.safetensors'), join(run, 'checkpoints', 'step-20.safetensors')),
  ],
  [
    'a file with its hash in the result',
    'hashes',
    /^result.json was changed after the run: its SHA-256 is not that in events.jsonl/,
    (run) => {
      editJson(run, 'meta_data_0.json', (meta) => ({...meta, cpu_count: 1000}));
      hashAgain(run);
    },
  ],
  [
    'a config that is none',
    'settings',
    /config.yaml/,
    (run) => writeFileSync(join(run, 'config.yaml'), 'hyperparameters: 3\n'),
  ],
];

/** Takes an evaluation out of all tables and the events. */
function leaveOut(run: string, step: number): void {
  for (const table of TABLES)
    edit(run, table, (text) =>
      text.replace(/^[^\n]*\n/gm, (row) => (isOfStep(run, table, row, String(step)) ? '' : row)),
    );
  edit(run, 'events.jsonl', (text) =>
    text.replace(new RegExp(`^.*"global_step":${step},"event":"evaluation".*\n`, 'm'), ''),
  );
}

function isOfStep(run: string, table: string, row: string, step: string): boolean {
  const header = readFileSync(join(run, table), 'utf8').split('\n')[0]!.split(',');
  const cells = row.trimEnd().split(',');
  return cells[header.indexOf('global_step')] === step && cells[header.indexOf('score')] !== '';
}

describe('is caught:', () => {
  test.each(changes)('%s', async (_, check, message, change) => {
    const run = copy();
    change(run);
    const verified = await examineRun(run);
    expect(verified).toMatchObject({isConsistent: false, isOfficial: false});
    const found = failuresOf(verified).filter((each) => each.check === check);
    expect(found.map((each) => each.message)).toContainEqual(expect.stringMatching(message));
  });
});

test('a time to the target that no checkpoint stands for may not count', async () => {
  const run = copy();
  rmSync(join(run, 'checkpoints', 'step-10.safetensors'));
  const verified = await examineRun(run);
  expect(failuresOf(verified)).toEqual([]);
  expect(verified.notOfficialBecause).toContain('no checkpoint of step 10, which reached the target, is kept');
});

test.each([{cpu_model_name: 'another'}, {device: 'gpu'}])(
  'on another machine (%o), a value beside the target is not proven',
  async (other) => {
    const run = copy();
    withoutHashes(run);
    editJson(run, 'meta_data_0.json', (meta) => ({...meta, ...other}));
    const {last} = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    // Of 100 examples, four may have changed sides.
    editMetric(run, 'validation/accuracy', 45, 0.96 - last['validation/accuracy']);
    editJson(run, 'result.json', (result) => ({...result, last: {...last, 'validation/accuracy': 0.96}}));
    const {findings, isConsistent, notOfficialBecause} = await examineRun(run);
    const messages = findings.filter(({check}) => check === 'evaluations').map(({message}) => message);
    expect(messages).toContain(
      `step 40: 8 values agree with the checkpoint but for rounding, on another engine or machine (${testBackend})`,
    );
    expect(isConsistent).toBe(true);
    expect(notOfficialBecause).toEqual(
      expect.arrayContaining([
        "result.json has no hashes of the run's files",
        "result.json has no hashes of the run's checkpoints",
        'events.jsonl has no hash of result.json',
        'the checkpoint of step 45 has no hashes of the tables',
      ]),
    );
    expect(notOfficialBecause).toContain(
      'step 45: validation/accuracy is on the other side of the target by its checkpoint',
    );
  },
);

test('a run under the name of another workload, study or trial is caught', async () => {
  const run = copy();
  const renamed = run.replace('mnist_tfjs', 'cifar_tfjs');
  mkdirSync(dirname(renamed), {recursive: true});
  renameSync(run, renamed);
  const verified = await examineRun(renamed);
  expect(verified).toMatchObject({isConsistent: false, isOfficial: false});
  expect(failuresOf(verified)).toMatchObject([
    {check: 'files', message: expect.stringContaining('its folder says workload cifar, and meta_data_0.json workload')},
  ]);
});

test('a folder that is not there, and a file, are refused in words', async () => {
  const nowhere = join(temporaryFolder(), 'nowhere');
  const gone = `there is no folder ${nowhere}; a run is given by its folder, such as experiments/`;
  for (const work of [verifyRun, examineRun, evaluateRun]) {
    const error = await work(nowhere).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(gone);
  }
  writeFileSync(nowhere, '');
  await expect(examineRun(nowhere)).rejects.toThrow(`${nowhere} is a file; a run is given by its folder`);
});

test('a run that a process is at work in is not verified', async () => {
  const run = copy();
  const lock = await takeLock(run);
  await expect(examineRun(run)).rejects.toThrow('a process is at work in this run');
  lock.release();
});

describe('one checkpoint', () => {
  test('is measured as the run measured it', async () => {
    const run = copy();
    const recorded = JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'));
    const last = await evaluateRun(run, {checkpoint: 'last'});
    expect(last).toMatchObject({globalStep: 45, backend: testBackend, metrics: recorded.last});
    const best = await evaluateRun(run);
    expect(best.globalStep).toBe(recorded.best.globalStep);
    const some = await evaluateRun(run, {checkpoint: 40, splits: ['validation']});
    expect(some.globalStep).toBe(40);
    expect(Object.keys(some.metrics)).toEqual(['validation/accuracy', 'validation/loss', 'validation/num_examples']);
  });

  test.each([
    [{checkpoint: 21}, /--checkpoint: there is no checkpoint of step 21 in .*; kept are those of the steps 10, 40, 45/],
    [{splits: ['tset']}, /--split: mnist has no split 'tset'. Did you mean `test`\?/],
  ])('%j is refused', async (options, message) => {
    await expect(evaluateRun(copy(), options)).rejects.toThrow(message);
  });

  test('of no evaluated step: the flag that was not given is not blamed', async () => {
    const run = copy();
    const fileOf = (step: number) => join(run, 'checkpoints', `step-${step}.safetensors`);
    for (const step of checkpointSteps(run)) renameSync(fileOf(step), fileOf(step + 1));
    await expect(evaluateRun(run)).rejects.toThrow(
      `${run}: there is no best checkpoint, since no step that has one was evaluated for accuracy; kept are those of the steps 11, 41, 46`,
    );
  });

  test('of none is refused', async () => {
    const run = copy();
    rmSync(join(run, 'checkpoints'), {recursive: true});
    await expect(evaluateRun(run)).rejects.toThrow('the run keeps no checkpoint');
    expect((await examineRun(run)).notOfficialBecause).toContain('the run keeps no checkpoint of an evaluation');
  });
});

test('a checkpoint whose tensors are not of the model has failed: with other shapes, it could look up what is computed', async () => {
  const run = copy();
  const step = checkpointSteps(run).at(-1)!;
  editCheckpoint(run, step, ({tensors, metadata}) => ({
    metadata,
    tensors: tensors.map(({name, array}) => {
      if (!name.startsWith('params/') || array.shape.length !== 1) return {name, array};
      return {name, array: {...array, shape: [1, ...array.shape]}};
    }),
  }));
  hashAgain(run);
  const {findings} = await examineRun(run);
  expect(findings).toContainEqual({
    ...{check: 'evaluations', outcome: 'failed'},
    message: expect.stringMatching(
      /^the checkpoint of step 45 can't be evaluated: its model is not that of the workload mnist: 'params\/dense0\/bias' is float32 \[1, 128\], and float32 \[128\] in the workload's model$/,
    ),
  });
});

describe('what a run claims to have reached', () => {
  const claimed = (path: string, {at = [], ...change}: {at?: readonly number[]; [key: string]: unknown}) =>
    confirmEvaluations({
      ...{path, steps: {}, evaluations: measured(path, at), settings: fixedHashes(path)},
      ...{checkpoints: checkpointSums(path), workload: 'mnist', dataDir: join(honest, 'data'), ...change},
    });
  /** What the table has of some steps. */
  const measured = (path: string, at: readonly number[]) =>
    readRecorded(path)
      .evaluations.filter(({step}) => at.includes(step))
      .map(({step, process, metrics}) => ({globalStep: step, process, metrics: textsOf(metrics)}));
  const textsOf = (metrics: {readonly [name: string]: number}) =>
    Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)]));
  const NOT_ITS_DATA = "the data has other example counts than the workload's";
  const BY_STEPS = 'evaluation.every_steps: evaluated by steps, not by time';

  test('is evaluated again: on data and at steps that count', async () => {
    const run = copy();
    const {globalStep} = readResult(run)!.timeToTarget!;
    const steps = {validation: globalStep, test: globalStep};
    expect(await claimed(run, {steps, at: [globalStep]})).toEqual({
      workload: 'mnist',
      doubts: [BY_STEPS, NOT_ITS_DATA],
    });
  });

  test('reaches the targets by what was measured', async () => {
    const {doubts} = await claimed(copy(), {steps: {validation: 1, test: 7}, at: [1]});
    expect(doubts).toEqual([
      'the evaluation of step 1 does not reach the validation target',
      'the evaluation of step 7 does not reach the test target',
      ...[BY_STEPS, NOT_ITS_DATA],
      expect.stringMatching(/^the checkpoint of step 1 can't be read: .* \(and 1 more differences\)$/),
    ]);
  });

  test('is compared with the checkpoint', async () => {
    const run = copy();
    const step = checkpointSteps(run).at(-1)!;
    editMetric(run, 'validation/accuracy', step, 0.9);
    const {doubts} = await claimed(run, {steps: {validation: step}, at: [step]});
    expect(doubts).toContainEqual(
      expect.stringMatching(/^step 45: validation\/accuracy is 1\.9 in the table, and 1 by its checkpoint/),
    );
  });

  test('has the data that it began with', async () => {
    const run = copy();
    editJson(run, 'meta_data_0.json', (meta) => ({...meta, data_sha256: 'other'}));
    const {doubts} = await claimed(run, {});
    expect(doubts[0]).toMatch(
      /^the hash of the data that the run began with is "other", and should be "[0-9a-f]{64}"$/,
    );
  });

  test('has the settings and the facts that it began with', async () => {
    const run = copy();
    const settings = fixedHashes(run);
    editJson(run, 'meta_data_0.json', (meta) => ({...meta, begun: 'other'}));
    const {doubts} = await claimed(run, {settings, at: [1]});
    // Nothing goes by what it says: nothing else is looked at.
    expect(doubts).toEqual(['meta_data_0.json was changed while the run was under way']);
  });

  test('is a file where it was one', async () => {
    const run = copy();
    const settings = fixedHashes(run);
    rmSync(join(run, 'config.yaml'));
    execFileSync('mkfifo', [join(run, 'config.yaml')]);
    await expect(claimed(run, {settings})).rejects.toThrow(/config\.yaml: it is not a file/);
  });

  test('has the checkpoints that it has written', async () => {
    const run = copy();
    const step = checkpointSteps(run).at(-1)!;
    const checkpoints = checkpointSums(run);
    editCheckpoint(run, step, ({tensors, metadata}) => ({tensors, metadata: {...metadata, note: 'another'}}));
    const {doubts} = await claimed(run, {checkpoints, at: [step]});
    expect(doubts.at(-1)).toMatch(
      /^the checkpoint of step 45 can't be read: it is not the one that the run has written/,
    );
  });

  test('is as the run has it in memory, whatever the table says', async () => {
    const run = copy();
    const step = checkpointSteps(run).at(-1)!;
    const [kept] = measured(run, [step]);
    const evaluations = [{...kept!, metrics: {...kept!.metrics, 'validation/accuracy': 'NaN'}}];
    const {doubts} = await claimed(run, {evaluations});
    expect(doubts.at(-1)).toMatch(/^step 45: validation\/accuracy is NaN in the table, and 1 by its checkpoint/);
  });

  test('is compared with what else the result names', async () => {
    const run = copy();
    editMetric(run, 'test/accuracy', 40, 0.5);
    const {doubts} = await claimed(run, {at: [40]});
    expect(doubts.at(-1)).toMatch(/^step 40: test\/accuracy is .* in the table, and .* by its checkpoint$/);
  });

  test('has the data that the command named, whatever the folder says', async () => {
    const run = copy();
    editJson(run, 'flags_0.json', (flags) => ({...flags, dataDir: '/elsewhere'}));
    const {doubts} = await claimed(run, {});
    expect(doubts[0]).toBe(`the data folder of the run is "/elsewhere", and should be "${join(honest, 'data')}"`);
  });
});
