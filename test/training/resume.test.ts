import {
  copyFileSync,
  cpSync,
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
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {type RunOutcome, type TrainOptions, train} from '../../src/training/index.js';
import {filesBelow, numbersOf, temporaryFolder, writeConfig} from '../helpers/cli.js';
import {buryProcess, crashAt} from '../helpers/crash.js';
import {writeSmallMnist} from '../helpers/idx.js';

const TABLES = ['eval_measurements.csv', 'measurements.csv', 'reinits.csv', 'schedule.csv', 'validation_losses.csv'];

/** The uninterrupted run that all others are compared with. */
const whole = mkdtempSync(join(tmpdir(), 'algoperf-ts-whole-'));
/** How often it changed something on the disk. */
let wholeChanges = 0;

const runIn = (folder: string): string => join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');

function prepare(folder: string): string {
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
  writeConfig(folder);
  return folder;
}

interface Trained extends RunOutcome {
  readonly warnings: readonly string[];
  readonly told: readonly string[];
}

/** What `algoperf-ts run` does, in this process. */
async function run(folder: string, more: Partial<TrainOptions> = {}): Promise<Trained> {
  const warnings: string[] = [];
  const told: string[] = [];
  const outcome = await train({
    workload: 'mnist',
    config: join(folder, 'small.yaml'),
    experimentDir: join(folder, 'experiments'),
    experimentName: 'a',
    dataDir: join(folder, 'data'),
    backend: 'wasm',
    rngSeed: 7,
    watcher: {warn: (message) => warnings.push(message), info: (message) => told.push(message)},
    ...more,
  });
  return {...outcome, warnings, told};
}

const resume = (folder: string, more: Partial<TrainOptions> = {}): Promise<Trained> =>
  run(folder, {...more, resume: true});

describe('beginOrResume', () => {
  const beginOrResume = true;

  test('begins a run, resumes it, and leaves it as it is once it is complete', async () => {
    const folder = prepare(temporaryFolder());
    const begun = await run(folder, {beginOrResume, maxGlobalSteps: 12});
    expect([begun.result!.status, begun.globalStep, begun.warnings]).toEqual(['stopped', 12, []]);
    const resumed = await run(folder, {beginOrResume});
    expect(resumed.told).toEqual([expect.stringMatching(/^resuming .* from its checkpoint after step 12$/)]);
    expect(resumed.warnings).toEqual([]);
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
    const before = filesBelow(folder).map((name) => statSync(join(folder, name)).mtimeMs);
    expect((await run(folder, {beginOrResume})).wasComplete).toBe(true);
    expect(filesBelow(folder).map((name) => statSync(join(folder, name)).mtimeMs)).toEqual(before);
  });

  test.each<[Partial<TrainOptions>, string]>([
    [{experimentName: undefined}, '--begin-or-resume: say which run with --experiment-name <name>'],
    [{overwrite: true}, '--begin-or-resume: a run that may be resumed is not replaced'],
  ])('is refused with %o', async (more, message) => {
    await expect(run(prepare(temporaryFolder()), {beginOrResume, ...more})).rejects.toThrow(message);
  });
});

const stopped = new Map<number, Promise<string>>();

/** A copy of a run that was stopped after so many steps. */
async function stoppedAfter(maxGlobalSteps: number): Promise<string> {
  const made = stopped.get(maxGlobalSteps) ?? stopNew(maxGlobalSteps);
  stopped.set(maxGlobalSteps, made);
  const folder = temporaryFolder();
  cpSync(await made, folder, {recursive: true});
  return folder;
}

async function stopNew(maxGlobalSteps: number): Promise<string> {
  const folder = prepare(mkdtempSync(join(tmpdir(), 'algoperf-ts-stopped-')));
  await run(folder, {maxGlobalSteps});
  return folder;
}

const tablesOf = (folder: string): unknown =>
  Object.fromEntries(TABLES.map((name) => [name, numbersOf(join(runIn(folder), name))]));

const evaluatedIn = (folder: string) =>
  numbersOf(join(runIn(folder), 'eval_measurements.csv')).map((row) => row.global_step);

beforeAll(async () => {
  prepare(whole);
  wholeChanges = (await crashAt(Number.POSITIVE_INFINITY, () => run(whole))).changes;
});

afterAll(async () => {
  for (const folder of [whole, ...(await Promise.all(stopped.values()))])
    rmSync(folder, {recursive: true, force: true});
});

test('the same seed gives the same numbers', async () => {
  const folder = prepare(temporaryFolder());
  await run(folder);
  expect(tablesOf(folder)).toEqual(tablesOf(whole));
  expect(evaluatedIn(folder)).toEqual(['1', '10', '20', '30', '40', '45']);
});

test('another seed gives other numbers', async () => {
  const folder = prepare(temporaryFolder());
  await run(folder, {rngSeed: 8});
  expect(tablesOf(folder)).not.toEqual(tablesOf(whole));
});

describe('killed at any change of the disk and resumed, a run gives the numbers of one that was not', () => {
  const moments = Array.from({length: 20}, (_, i) => (i + 0.5) / 20);
  test.each(moments)('at %f of them', async (moment) => {
    const folder = prepare(temporaryFolder());
    const {crashed} = await crashAt(Math.ceil(moment * wholeChanges), () => run(folder));
    expect(crashed).toBe(true);
    buryProcess(folder);
    if (existsSync(runIn(folder))) requireNothingHalfWritten(runIn(folder));
    await run(folder, {resume: existsSync(runIn(folder))});
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
    const withoutNumbered = (files: string[]) => files.filter((name) => !/flags_|meta_data_/.test(name));
    expect(withoutNumbered(filesBelow(runIn(folder)))).toEqual(withoutNumbered(filesBelow(runIn(whole))));
  });
});

/** Every file that is replaced as a whole is whole; what grows line by line may end in half a line. */
function requireNothingHalfWritten(run: string): void {
  for (const name of filesBelow(run)) {
    const text = readFileSync(join(run, name));
    if (name.endsWith('.json')) JSON.parse(text.toString());
    if (name.endsWith('.png')) expect(text.subarray(-8, -4).toString(), name).toBe('IEND');
    if (name.endsWith('.svg')) expect(text.toString().trimEnd(), name).toMatch(/<\/svg>$/);
  }
}

test('stopped after some steps, resumed to the same place and then to its end, a run gives the same numbers', async () => {
  const folder = await stoppedAfter(15);
  expect(evaluatedIn(folder)).toEqual(['1', '10', '15']);
  await resume(folder, {maxGlobalSteps: 15});
  expect(evaluatedIn(folder)).toEqual(['1', '10', '15']);
  await resume(folder);
  expect(tablesOf(folder)).toEqual(tablesOf(whole));
});

test('a checkpoint that a killed process had still to remove goes on resuming, though no other is written', async () => {
  const folder = temporaryFolder();
  cpSync(whole, folder, {recursive: true});
  const checkpoints = join(runIn(folder), 'checkpoints');
  const kept = readdirSync(checkpoints);
  rmSync(join(runIn(folder), 'result.json'));
  copyFileSync(join(checkpoints, kept[0]!), join(checkpoints, 'step-2.safetensors'));
  await run(folder, {resume: true});
  expect(readdirSync(checkpoints)).toEqual(kept);
});

describe('a damaged checkpoint', () => {
  test('is passed over, reported, and kept under another name', async () => {
    const folder = await stoppedAfter(35);
    const checkpoints = join(runIn(folder), 'checkpoints');
    const last = join(checkpoints, 'step-35.safetensors');
    const bytes = readFileSync(last);
    bytes[bytes.length - 1000]! ^= 1;
    writeFileSync(last, bytes);
    const {warnings, told} = await resume(folder);
    expect(warnings).toEqual([expect.stringContaining('step-35.safetensors is damaged (its checksum is wrong)')]);
    expect(told).toEqual([expect.stringContaining('from its checkpoint after step 30')]);
    expect(readdirSync(checkpoints)).toContain('step-35.safetensors.damaged');
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
  });

  test('removed with all others is reported, and the run starts over', async () => {
    const folder = await stoppedAfter(15);
    rmSync(join(runIn(folder), 'checkpoints'), {recursive: true});
    const {warnings} = await resume(folder);
    expect(warnings.join('\n')).toContain(
      'from its beginning: its checkpoints are gone, though its tables go to step 15; the tables',
    );
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
  });

  test('without an intact one the run starts over', async () => {
    const folder = await stoppedAfter(15);
    const checkpoints = join(runIn(folder), 'checkpoints');
    for (const name of readdirSync(checkpoints)) writeFileSync(join(checkpoints, name), 'cut');
    const {warnings} = await resume(folder);
    expect(warnings.join('\n')).toContain('from its beginning: none of its checkpoints is whole');
    expect(tablesOf(folder)).toEqual(tablesOf(whole));
  });
});

test.each(['[]', '{}', 'null'])('a result that is none is written again: %s', async (content) => {
  const folder = await stoppedAfter(5);
  writeFileSync(join(runIn(folder), 'result.json'), content);
  const {result} = await resume(folder, {maxGlobalSteps: 6});
  expect(result).toMatchObject({status: 'stopped', globalStep: 6});
});

describe('resuming is refused', () => {
  test.each<[Partial<TrainOptions>, string]>([
    [{set: ['batch_size=3']}, 'batch_size: was 16, is now 3'],
    [{rngSeed: 9}, 'has the seed 7, got 9'],
  ])('of a complete run with %j', async (other, message) => {
    await expect(resume(whole, other)).rejects.toThrow(message);
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
    const folder = await stoppedAfter(5);
    writeFileSync(join(runIn(folder), name), content);
    const error = await resume(folder).catch((reason) => reason);
    expect([error.name, error.message.split('\n')]).toEqual([
      'UserError',
      [expect.stringMatching(`${name}.* can't be read`)],
    ]);
  });

  test.each(['checkpoints', 'plots', 'result.json', 'eval_measurements.csv', 'log.jsonl', 'config.yaml'])(
    'where %s is of the wrong kind; all stays as it was',
    async (name) => {
      const folder = await stoppedAfter(5);
      const place = join(runIn(folder), name);
      // What only the command line leaves.
      if (name === 'log.jsonl') writeFileSync(place, '');
      const isFile = statSync(place).isFile();
      renameSync(place, join(folder, 'other'));
      if (isFile) mkdirSync(place);
      else writeFileSync(place, '');
      const before = filesBelow(runIn(folder));
      const kind = isFile ? 'a folder where a file' : 'a file where a folder';
      await expect(resume(folder)).rejects.toThrow(`${place}: it is ${kind} should be; move it away or remove it`);
      expect(filesBelow(runIn(folder))).toEqual(before);
    },
  );

  test('with another config, naming the keys', async () => {
    const folder = await stoppedAfter(5);
    await expect(resume(folder, {set: ['hyperparameters.learning_rate=.5']})).rejects.toThrow(
      'hyperparameters.learning_rate: was 0.002, is now 0.5',
    );
    expect(existsSync(join(runIn(folder), 'LOCK'))).toBe(false);
  });

  test('with another seed', async () => {
    await expect(resume(await stoppedAfter(5), {rngSeed: 9})).rejects.toThrow('has the seed 7, got 9');
  });

  test('with other data', async () => {
    const folder = await stoppedAfter(5);
    const file = join(folder, 'data', 't10k-labels-idx1-ubyte');
    const bytes = readFileSync(file);
    bytes[20] = (bytes[20]! + 1) % 10;
    writeFileSync(file, bytes);
    await expect(resume(folder)).rejects.toThrow(/was started with other data than that in .*data/);
    expect(existsSync(join(runIn(folder), 'LOCK'))).toBe(false);
  });

  test('where its table of evaluations is damaged', async () => {
    const folder = await stoppedAfter(20);
    const file = join(runIn(folder), 'eval_measurements.csv');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/\n[^\n]*\n/, '\ngarbage\n'));
    await expect(resume(folder)).rejects.toThrow(/eval_measurements\.csv:2: global_step must be a number/);
  });
});

test('on another engine it continues, and says that numbers will differ', async () => {
  const {warnings, globalStep} = await resume(await stoppedAfter(5), {backend: 'cpu', maxGlobalSteps: 6});
  expect(globalStep).toBe(6);
  expect(warnings.join('\n')).toContain(
    'the run was started on wasm and is resumed on cpu: its numbers will differ a little',
  );
});

test('on another device it says so, too', async () => {
  const folder = await stoppedAfter(5);
  const file = join(runIn(folder), 'meta_data_0.json');
  writeFileSync(file, JSON.stringify({...JSON.parse(readFileSync(file, 'utf8')), device: 'gpu'}));
  const {warnings} = await resume(folder, {maxGlobalSteps: 6});
  expect(warnings.join('\n')).toContain(
    'the run was started on the gpu and is resumed on the cpu: its numbers will differ',
  );
});

test('with files missing it continues, and says which have lost lines', async () => {
  const folder = await stoppedAfter(30);
  rmSync(join(runIn(folder), 'plots'), {recursive: true});
  const file = join(runIn(folder), 'eval_measurements.csv');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/\n[^\n]*\n/, '\n'));
  const {warnings} = await resume(folder);
  expect(warnings.filter((message) => message.includes('lines that were there'))).toEqual([
    expect.stringContaining('eval_measurements.csv: lines that were there at the checkpoint are missing'),
  ]);
  expect(existsSync(join(runIn(folder), 'plots', 'training.png'))).toBe(true);
});

describe('more time', () => {
  const resultIn = (folder: string) => JSON.parse(readFileSync(join(runIn(folder), 'result.json'), 'utf8'));

  test.each([600, undefined])(
    'a run that was out of it continues, but not with the same again: %s',
    async (maxRuntime) => {
      const folder = prepare(temporaryFolder());
      const first = await run(folder, {maxRuntime: 1e-9});
      expect(first.result).toMatchObject({status: 'budget_spent', globalStep: 1, trainingComplete: false});
      const same = await resume(folder, {maxRuntime: 1e-9});
      expect([same.wasComplete, same.result]).toEqual([true, first.result]);
      await resume(folder, maxRuntime === undefined ? {} : {maxRuntime});
      expect(resultIn(folder)).toMatchObject({globalStep: 45, trainingComplete: true});
      expect(tablesOf(folder)).toEqual(tablesOf(whole));
    },
  );

  test('leaves a run alone whose submission came to its end', async () => {
    const folder = prepare(temporaryFolder());
    const set = ['hyperparameters.learning_rate=1e-7', 'schedule.alter_decays=[0,0]'];
    const {result} = await run(folder, {set});
    expect(result?.status).toBe('budget_spent');
    const before = resultIn(folder);
    const again = await resume(folder, {set, maxRuntime: 600});
    expect([again.wasComplete, again.result]).toEqual([true, result]);
    expect(resultIn(folder)).toEqual(before);
  });
});
