import {beforeEach, describe, expect, test, vi} from 'vitest';
import type {Workload} from '../../src/contract/index.js';
import {UserError} from '../../src/support/index.js';
import type {RunOptions} from '../../src/training/index.js';
import {closeRuntime, type Runtime, requireRuntime} from '../../src/training/runtime.js';
import {silentWatcher, type TrainOptions, train} from '../../src/training/train.js';
import {tinyWorkload} from '../helpers/fakes.js';

/** The runs that are not made. */
const fake = vi.hoisted(() => ({started: [] as unknown[], asked: [] as unknown[]}));
vi.mock('../../src/training/start.js', () => ({
  startRun: async (run: unknown) => void fake.started.push(['alone', run]),
  runIn: async (runtime: unknown, run: unknown) => void fake.started.push([runtime, run]),
}));
vi.mock('../../src/training/load-run.js', () => ({
  async loadRun(asked: object) {
    fake.asked.push(asked);
    return {workload: 'loaded', submission: 'loaded', stem: 's', overrides: {}, modules: {}, loaded: {}};
  },
}));

beforeEach(() => {
  fake.started.length = 0;
  fake.asked.length = 0;
});

/** What a run is started with. */
function runtimeOn(backend: string): Runtime {
  return {workload: tinyWorkload, engine: {backend}, dataset: {}} as Runtime;
}

async function started(options: TrainOptions): Promise<[runtime: unknown, run: RunOptions]> {
  await train(options);
  expect(fake.started).toHaveLength(1);
  return fake.started[0] as never;
}

describe('train', () => {
  test('begins a run of its own, with the defaults of the command', async () => {
    const options = {workload: 'mnist', set: ['a=1']};
    const [runtime, run] = await started(options);
    expect(runtime).toBe('alone');
    expect(fake.asked).toEqual([options]);
    expect(run).toMatchObject({
      ...{experimentDir: 'experiments', backend: 'auto', stem: 's', workload: 'loaded', submission: 'loaded'},
      flags: options,
    });
    expect([run.signal.aborted, run.watcher]).toEqual([false, silentWatcher]);
    for (const call of Object.values(run.watcher)) expect(call()).toBeUndefined();
  });

  test('gives its options on, and records those that are data', async () => {
    const {signal} = new AbortController();
    const event = () => {};
    const runtime = runtimeOn('wasm');
    const plain = {experimentDir: 'here', backend: 'wasm', rngSeed: 0, maxGlobalSteps: 1, maxRuntime: 0.5, trial: 2};
    const [where, run] = await started({...plain, workload: tinyWorkload, signal, runtime, watcher: {event}});
    expect(where).toBe(runtime);
    expect(run).toMatchObject(plain);
    expect([run.signal, run.watcher]).toEqual([signal, {...silentWatcher, event}]);
    expect(run.flags).toEqual({...plain, workload: 'tiny'});
    expect(['runtime' in run, run.workload]).toEqual([false, 'loaded']);
  });

  test('another engine than that of the runtime is refused', async () => {
    const runtime = runtimeOn('tensorflow');
    await expect(train({workload: 'mnist', runtime, backend: 'wasm'})).rejects.toThrow(UserError);
    await expect(train({workload: 'mnist', runtime, backend: 'wasm'})).rejects.toThrow(
      "backend: the runtime was opened on 'tensorflow', so the run can't be made on 'wasm'",
    );
    expect(fake.asked).toEqual([]);
    expect((await started({workload: 'mnist', runtime, backend: 'auto'}))[0]).toBe(runtime);
  });

  test('has the data of its runtime, and no other', async () => {
    const runtime = {...runtimeOn('wasm'), dataDir: 'here'};
    const [, run] = await started({workload: 'mnist', runtime});
    expect([run.dataDir, run.flags]).toEqual(['here', {workload: 'mnist', dataDir: 'here'}]);
    await expect(train({workload: 'mnist', runtime, dataDir: 'here'})).resolves.not.toThrow();
    const other = train({workload: 'mnist', runtime, dataDir: 'there'});
    await expect(other).rejects.toThrow("dataDir: the runtime has read here, so the run can't be made on there");
    const unnamed = train({workload: 'mnist', runtime: runtimeOn('wasm'), dataDir: 'there'});
    await expect(unnamed).rejects.toThrow(UserError);
  });

  test('a runtime that is closed, or of another workload, is refused', async () => {
    const dataset = {train: {}, validation: {}};
    const mine = {...tinyWorkload, name: 'mine', loadData: async () => dataset as never};
    const runtime = {workload: mine, dataset} as unknown as Runtime;
    const required = (workload: Workload) => () => requireRuntime(runtime, workload);
    expect(required(tinyWorkload)).toThrow(UserError);
    expect(required(tinyWorkload)).toThrow("runtime: it was opened for another workload, 'mine'");
    expect(required({...mine, target: {...mine.target, validation: 1}})).not.toThrow();
    expect(required({...mine, loadData: tinyWorkload.loadData})).toThrow(
      "another workload, of the name 'mine', and has its data; give the same value",
    );
    await closeRuntime(runtime);
    expect(required(mine)).toThrow('runtime: it was closed, so no run can be made in it');
  });

  test.each<[Partial<TrainOptions>, string]>([
    [{rngSeed: -1}, 'rngSeed'],
    [{rngSeed: 0.5}, 'rngSeed'],
    [{maxGlobalSteps: 0}, 'maxGlobalSteps'],
    [{study: 0}, 'study'],
    [{trial: 1.5}, 'trial'],
    [{maxRuntime: 0}, 'maxRuntime'],
    [{maxRuntime: Number.POSITIVE_INFINITY}, 'maxRuntime'],
    [{rngSede: 1} as object, '`rngSede`; did you mean `rngSeed`?'],
    [{watcher: {evnet() {}}} as object, '`watcher.evnet`; did you mean `event`?'],
    [{signal: {} as AbortSignal}, 'signal must be an AbortSignal, got an object'],
    [{workload: ''}, 'workload must be a name'],
    [{workload: null} as object, 'workload must be a name, the path of a .ts or .js file, or a workload, got null'],
    [{workload: 7} as object, 'workload must be a name'],
    [{runtime: {}} as object, 'runtime must be what openRuntime gives, got an object'],
    [{runtime: {workload: {}, engine: {}, dataset: null}} as object, 'runtime must be what openRuntime gives'],
    [{runtime: {workload: {}, engine: 'wasm', dataset: {}}} as object, 'runtime must be what openRuntime gives'],
  ])('refuses %j', async (options, name) => {
    const error = await train({workload: 'mnist', ...options}).catch((reason) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(name);
    expect(fake.asked).toEqual([]);
  });
});
