import {appendFileSync, existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {extentOf, openTable, saveCheckpoint} from '../../src/runs/index.js';
import type {RunOptions} from '../../src/training/index.js';
import {createRunFolder, openRunFolder} from '../../src/training/run-folder.js';
import type {Runtime} from '../../src/training/runtime.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';

let experimentDir = '';
let said: string[] = [];
beforeEach(() => {
  experimentDir = temporaryFolder();
  said = [];
});

const source = {size: 10, read: () => ({})};
const runtime = {
  workload: tinyWorkload,
  engine: {backend: 'wasm', device: 'cpu'},
  dataset: {train: source, validation: source, test: source, source: 'here'},
  dataSha256: 'own',
} as unknown as Runtime;

function options(more: object = {}): RunOptions {
  return {
    experimentDir,
    experimentName: 'a',
    stem: 's',
    workload: tinyWorkload,
    loaded: {
      resolved: 'hyperparameters: {beta: 2}\n',
      hyperparameters: {beta: 2},
      config: {evaluation: {}, checkpoints: {keep: 'best'}},
    },
    flags: {backend: 'wasm'},
    overrides: {beta: 2},
    rngSeed: 7,
    watcher: {
      warn: (message: string) => void said.push(`warning: ${message}`),
      info: (message: string) => void said.push(message),
    },
    ...more,
  } as never;
}

/** A run's folder with rows up to step 3, and a checkpoint of step 2. @returns its path */
async function begun(): Promise<string> {
  const {path, lock} = await createRunFolder(options(), runtime);
  const table = openTable(join(path, 'measurements.csv'), ['global_step', 'loss']);
  table.append({global_step: 1, loss: 3});
  table.append({global_step: 2, loss: 2});
  const state = {params: {}, modelState: {}, optimizer: {}};
  const metadata = {position: {globalStep: 2}, extent: extentOf(path, 0)} as never;
  saveCheckpoint(path, {globalStep: 2, state, metadata}, {keepLast: 1, others: []});
  table.append({global_step: 3, loss: 1});
  table.close();
  lock.release();
  return path;
}

const checkpointOf = (path: string, step: number) => join(path, 'checkpoints', `step-${step}.safetensors`);

test('a new run has its settings, and what its process was given', async () => {
  const {path, seed, preemptionCount, notOfficial, code} = await createRunFolder(options({maxRuntime: 61}), runtime);
  const read = (file: string) => JSON.parse(readFileSync(join(path, file), 'utf8'));
  expect([seed, preemptionCount, code]).toEqual([7, 0, []]);
  expect(notOfficial).toEqual(["--max-runtime is longer than the workload's budget"]);
  expect(readFileSync(join(path, 'config.yaml'), 'utf8')).toBe('hyperparameters: {beta: 2}\n');
  expect([read('hparams.json'), read('overrides.json')]).toEqual([{beta: 2}, {beta: 2}]);
  expect(read('flags_0.json')).toEqual({backend: 'wasm'});
  expect(read('meta_data_0.json')).toMatchObject({
    ...{rng_seed: 7, backend: 'wasm', device: 'cpu', data_source: 'here', data_sha256: 'own'},
    ...{official: false, not_official_because: notOfficial, 'workload.num_train_examples': 10},
  });
});

test('a run continues from its checkpoint, as its files were then', async () => {
  const path = await begun();
  const {checkpoint, seed, notOfficial, preemptionCount} = await openRunFolder(options({rngSeed: undefined}), runtime);
  expect([checkpoint?.globalStep, seed, preemptionCount, notOfficial]).toEqual([2, 7, 1, []]);
  expect(said).toEqual([`resuming ${path} from its checkpoint after step 2`]);
});

test.each([
  ['changed', (table: string) => writeFileSync(table, readFileSync(table, 'utf8').replace('1,3', '1,4'))],
  ['cut', (table: string) => writeFileSync(table, 'global_step,loss\n1,3\n')],
  ['removed', (table: string) => rmSync(table)],
])('rows of the checkpoint that were %s since are a reason against its time', async (_, change) => {
  change(join(await begun(), 'measurements.csv'));
  const {notOfficial} = await openRunFolder(options(), runtime);
  expect(notOfficial).toEqual(['measurements.csv was changed after the checkpoint that the run was resumed from']);
});

test('what was a reason against its time still is, once', async () => {
  const path = await begun();
  const meta = join(path, 'meta_data_0.json');
  const reason = "--max-runtime is longer than the workload's budget";
  const facts = JSON.parse(readFileSync(meta, 'utf8'));
  writeFileSync(meta, JSON.stringify({...facts, not_official_because: [reason, 'of a clock']}));
  expect((await openRunFolder(options({maxRuntime: 61}), runtime)).notOfficial).toEqual([reason, 'of a clock']);
});

test.each([
  ['wasm', 'cpu', undefined],
  ['tensorflow', 'cpu', 'wasm and is resumed on tensorflow'],
  ['wasm', 'gpu', 'the cpu and is resumed on the gpu'],
  ['tensorflow', 'gpu', 'wasm and is resumed on tensorflow'],
])('a run begun with wasm on the cpu is continued by %s on the %s', async (backend, device, words) => {
  await begun();
  await openRunFolder(options(), {...runtime, engine: {...runtime.engine, backend, device} as never});
  expect(said.filter((text) => text.startsWith('warning'))).toEqual(
    words === undefined
      ? []
      : [
          `warning: the run was started on ${words}: its numbers will differ a little from those of a run on one engine`,
        ],
  );
});

test('a run from before devices and data were recorded is continued', async () => {
  const meta = join(await begun(), 'meta_data_0.json');
  writeFileSync(meta, '{"rng_seed": 7, "backend": "wasm"}');
  await openRunFolder(options(), {...runtime, dataSha256: 'other'});
  expect(said).toHaveLength(1);
});

test('a run on other data is refused, and can be opened again', async () => {
  const path = await begun();
  await expect(openRunFolder(options(), {...runtime, dataSha256: 'other'})).rejects.toThrow(
    `--resume: the run in ${path} was started with other data than that in here; give it the same --data-dir, or begin a new run`,
  );
  expect(existsSync(join(path, 'LOCK'))).toBe(false);
  await expect(openRunFolder(options({experimentName: undefined}), runtime)).rejects.toThrow(
    '--resume: say which run with --experiment-name <name>',
  );
  expect((await openRunFolder(options(), runtime)).path).toBe(path);
});

test.each<[string, (path: string) => void, object, string]>([
  [
    'without a checkpoint, though it went on',
    (path) => rmSync(checkpointOf(path, 2)),
    {},
    'warning: resuming PATH from its beginning: its checkpoints are gone, though its tables go to step 3; the tables start over',
  ],
  [
    'that has only just begun',
    (path) => {
      rmSync(checkpointOf(path, 2));
      writeFileSync(join(path, 'measurements.csv'), 'global_step,loss\n1,2\n');
    },
    {},
    'resuming PATH from its beginning: it has no checkpoint yet',
  ],
  [
    'that keeps none',
    (path) => rmSync(checkpointOf(path, 2)),
    {loaded: {...options().loaded, config: {evaluation: {}, checkpoints: {keep: 'none'}}}},
    'resuming PATH from its beginning: it keeps no checkpoints (checkpoints.keep: none)',
  ],
  [
    'whose only checkpoint is damaged',
    (path) => appendFileSync(checkpointOf(path, 2), 'x'),
    {},
    'warning: resuming PATH from its beginning: none of its checkpoints is whole',
  ],
])('a run %s starts over, and says so', async (_, change, more, message) => {
  const path = await begun();
  change(path);
  const {checkpoint, damaged} = await openRunFolder(options(more), runtime);
  expect(checkpoint).toBeUndefined();
  expect(said.at(-1)).toBe(message.replace('PATH', path));
  expect(said.length).toBe(1 + damaged.length);
  for (const {reason} of damaged)
    expect(said[0]).toBe(
      `warning: ${checkpointOf(path, 2)} is damaged (${reason}); it is passed over and kept as ${checkpointOf(path, 2)}.damaged`,
    );
});
