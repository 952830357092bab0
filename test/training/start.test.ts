import {existsSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test, vi} from 'vitest';
import type {Submission, Workload} from '../../src/contract/index.js';
import {arraySource} from '../../src/data/index.js';
import {tf} from '../../src/engine/index.js';
import {mean} from '../../src/metrics/index.js';
import {checkpointSteps, lockHolder, readEvents, readTable} from '../../src/runs/index.js';
import {UserError} from '../../src/support/index.js';
import {closeRuntime, openRuntime, type RunOptions, runIn, startRun} from '../../src/training/index.js';
import {temporaryFolder} from '../helpers/cli.js';
import {tinyWorkload} from '../helpers/fakes.js';

/** The user's own code, by its files' paths, as it would be loaded, and the modules that were. */
const user = vi.hoisted(() => ({code: {} as {[path: string]: string}, loaded: [] as string[]}));
vi.mock('../../src/support/index.js', async (original) => ({
  ...(await original<object>()),
  importUserModule: async (...asked: string[]) => void user.loaded.push(...asked),
  placeOfUserModule: (path: string) => path,
  strayUserFiles: () => [],
  codeOfUserModules: () => ({
    files: new Map(Object.entries(user.code).map(([path, text]) => [path, Buffer.from(text)])),
    importsFrom: () => ({}),
    newsSince: () => [],
  }),
}));
vi.mock('../../src/training/draw-training.js', () => ({drawTraining: async () => {}}));

let folder = '';
/** What happened, in order. */
let log: string[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  log = [];
});

const pathOf = (experiment = 'a') => join(folder, 'experiments', experiment, 'tiny_tfjs', 'trial_1');

/** Of steps that change nothing, which are complete after so many. */
const submissionOf = (own: Partial<Submission> = {}): Submission => ({
  getBatchSize: () => 3,
  initOptimizerState: () => ({init: {}, entries: {}, save: () => null}),
  dataSelection: ({inputQueue}) => inputQueue.next(),
  updateParams({globalStep}) {
    log.push(`step ${globalStep + 1}`);
    return {trainingComplete: globalStep === 4};
  },
  ...own,
});

/** Its data says when it is opened and closed. */
const workload: Workload = {
  ...tinyWorkload,
  async loadData(dataDir) {
    log.push(`open ${dataDir}`);
    const source = {
      ...arraySource({number: {shape: [10], dtype: 'float32', data: new Float32Array(10)}}),
      close: () => void log.push('close'),
    };
    return {train: source, validation: source, test: source, source: 'here'};
  },
  evaluation: {
    entries: {sums: () => ({accuracy: tf.scalar(0.5), loss: tf.scalar(2), calls: tf.scalar(1)})},
    metrics: [mean('accuracy', {per: 'calls'}), mean('loss', {per: 'calls'})],
  },
};

function options(more: object = {}, config: object = {}): RunOptions {
  const say = (name: string) => (value: object) =>
    void log.push(`${name} ${Object.values(value).find((each) => typeof each === 'string')}`);
  return {
    ...{workload, submission: submissionOf(), stem: 's', backend: 'wasm', dataDir: 'data', rngSeed: 7},
    ...{experimentDir: join(folder, 'experiments'), experimentName: 'a', flags: {}, overrides: {}},
    loaded: {
      ...{resolved: 'hyperparameters: {}\n', hyperparameters: {}},
      config: {
        ...{submission: 'mine.ts', evaluation: {everySteps: 2, stopAtTarget: false}, checkpoints: {keep: 'last'}},
        ...config,
      },
      mistake: (...problems: object[]) => new UserError(JSON.stringify(problems)),
    },
    watcher: {
      ...{engine: say('engine'), folder: say('folder'), data: say('data'), result: say('result')},
      ...{progress: () => {}, warn: (text: string) => log.push(`warning: ${text}`), info: () => {}},
      event: ({name, globalStep}: {name: string; globalStep: number}) => void log.push(`${name} ${globalStep}`),
      profile: () => void log.push('profile'),
      lost: () => void log.push('lost'),
    },
    signal: new AbortController().signal,
    ...more,
  } as never;
}

const failed = (path = pathOf()) => JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'));
const listeners = () => process.listenerCount('exit');

describe('a run', () => {
  test('goes from its folder to its result, and closes what it has opened', async () => {
    const before = listeners();
    const outcome = await startRun(options());
    expect(outcome).toMatchObject({
      ...{path: pathOf(), experiment: 'a', globalStep: 5, ending: {status: 'budget_spent'}},
      result: {metric: 'accuracy', best: {globalStep: 1, value: 0.5}, path: pathOf()},
    });
    expect(outcome.wasComplete).toBeUndefined();
    expect(log).toEqual([
      ...['open data', 'engine wasm', `folder ${pathOf()}`, 'data here'],
      ...['step 1', 'evaluation 1', 'checkpoint 1', 'step 2', 'evaluation 2', 'checkpoint 2', 'step 3', 'step 4'],
      ...['evaluation 4', 'checkpoint 4', 'step 5', 'evaluation 5', 'checkpoint 5'],
      ...[`result ${join(pathOf(), 'result.json')}`, 'close'],
    ]);
    expect([lockHolder(pathOf()), existsSync(join(pathOf(), 'LOCK')), listeners()]).toEqual([undefined, false, before]);
    expect(readdirSync(pathOf()).filter((name) => /profile|trace|tfevents/.test(name))).toEqual([]);
  });

  test('that was not to be replaced is left as it is', async () => {
    await startRun(options({maxGlobalSteps: 1}));
    log = [];
    await expect(startRun(options())).rejects.toThrow('already exists');
    expect(log).toEqual(['open data', 'engine wasm', 'close']);
    await startRun(options({overwrite: true, maxGlobalSteps: 2}));
    expect(log).toContain('step 1');
    expect(failed().globalStep).toBe(2);
  });

  test('is refused where its flags contradict one another', async () => {
    await expect(startRun(options({resume: true, overwrite: true}))).rejects.toThrow(
      '--overwrite: a run that is resumed is not replaced',
    );
    await expect(startRun(options({withChangedSubmission: true}))).rejects.toThrow(
      '--with-changed-submission: a new run has no other code; it needs --resume',
    );
    await expect(startRun(options({beginOrResume: true, experimentName: undefined}))).rejects.toThrow(
      '--begin-or-resume: say which run',
    );
    expect(log).toEqual([]);
  });

  test('is refused with data that has a split without examples', async () => {
    const loadData = async () => {
      const dataset = await workload.loadData('data');
      return {...dataset, validation: {...dataset.validation, size: 0}};
    };
    const refused = startRun(options({workload: {...workload, loadData}}));
    await expect(refused).rejects.toThrow(
      'the data of here has no validation example; every split must have one at least',
    );
    expect(log).toEqual(['open data', 'close', 'close']);
    expect(existsSync(pathOf())).toBe(false);
  });

  test('is refused with a batch that its data does not have, by the config or by the submission', async () => {
    const ofSubmission = submissionOf({getBatchSize: () => 11});
    const words = 'must be an integer from 1 to the 10 training examples, got 11 (data: here)';
    const refused = async (more: object, config?: object) =>
      startRun(options({submission: ofSubmission, ...more}, config)).catch(({message}) => message);
    expect(await refused({})).toBe(`mine.ts: getBatchSize ${words}`);
    const mistake = JSON.stringify([{path: ['batch_size'], message: words}]);
    expect(await refused({}, {batchSize: 11})).toBe(mistake);
    expect(await refused({}, {batchSize: 4})).toBe(`mine.ts: getBatchSize ${words}`);
    expect(await refused({workload: {...workload, batchSize: 11}})).toBe(mistake);
    expect(log).toEqual(Array(4).fill(['open data', 'close']).flat());
    expect(existsSync(pathOf())).toBe(false);
  });

  test('has the parts timed and the event file written that it was asked for', async () => {
    await startRun(options({profile: true, tensorboard: true}));
    const names = readdirSync(pathOf());
    expect(names.filter((name) => /^(profile|trace)_0\.json$/.test(name))).toHaveLength(2);
    expect(names.filter((name) => name.includes('tfevents'))).toHaveLength(1);
    expect(log.slice(-2)).toEqual(['profile', 'close']);
    const {sections} = JSON.parse(readFileSync(join(pathOf(), 'profile_0.json'), 'utf8'));
    expect(sections.map(({action}: {action: string}) => action).sort()).toEqual([
      ...['Data selection', 'Evaluation', 'Initializing dataset', 'Initializing model', 'Initializing optimizer'],
      ...['Logging', 'Opening engine', 'Train', 'Update parameters'],
    ]);
  });

  test('has its profile written, also where nobody asks to be told', async () => {
    const {profile: _, ...watcher} = options().watcher;
    expect((await startRun(options({profile: true, watcher}))).ending.status).toBe('budget_spent');
    expect(existsSync(join(pathOf(), 'profile_0.json'))).toBe(true);
  });

  test('is judged by others, which is an event', async () => {
    const judge = async (evaluations: readonly object[]) => ({
      message: 'the last of 3',
      isOver: evaluations.length > 1,
    });
    const {ending} = await startRun(options({judge}));
    expect(ending).toEqual({status: 'terminated_early', reason: 'the last of 3'});
    expect(log.filter((text) => text.startsWith('bracket'))).toEqual(['bracket 1', 'bracket 2']);
  });
});

describe('a run that continues', () => {
  test('does so from its checkpoint, with the files of this process', async () => {
    await startRun(options({maxGlobalSteps: 3}));
    expect(readTable(join(pathOf(), 'eval_measurements.csv'))).toHaveLength(3);
    log = [];
    const {globalStep, wasComplete} = await startRun(options({resume: true, flags: {resume: true}}));
    expect([globalStep, wasComplete]).toEqual([5, undefined]);
    expect(log.filter((text) => text.startsWith('step'))).toEqual(['step 4', 'step 5']);
    const rows = readTable(join(pathOf(), 'eval_measurements.csv'));
    expect(rows.map((row) => `${row.global_step} ${row.preemption_count}`)).toEqual(['1 0', '2 0', '4 1', '5 1']);
    expect(JSON.parse(readFileSync(join(pathOf(), 'flags_1.json'), 'utf8'))).toEqual({resume: true});
    expect(existsSync(join(pathOf(), 'meta_data_1.json'))).toBe(true);
    expect(log.filter((text) => text.startsWith('warning'))).toEqual([]);
  });

  test('says which of its files have lost lines', async () => {
    await startRun(options({maxGlobalSteps: 3}));
    const table = join(pathOf(), 'eval_measurements.csv');
    writeFileSync(table, readFileSync(table, 'utf8').split('\n').slice(0, 2).join('\n').concat('\n'));
    await startRun(options({resume: true}));
    expect(log).toContain(
      `warning: ${table}: lines that were there at the checkpoint are missing; the run continues without them`,
    );
  });

  test('starts over where it has no checkpoint', async () => {
    await startRun(options({maxGlobalSteps: 3}, {checkpoints: {keep: 'none'}}));
    log = [];
    await startRun(options({resume: true, maxGlobalSteps: 4}, {checkpoints: {keep: 'none'}}));
    expect(log.filter((text) => text.startsWith('step'))).toEqual(['step 1', 'step 2', 'step 3', 'step 4']);
    const rows = readTable(join(pathOf(), 'eval_measurements.csv'));
    expect(rows.map((row) => row.global_step)).toEqual(['1', '2', '4']);
  });

  test('is left as it is if it is complete', async () => {
    const first = await startRun(options());
    log = [];
    const again = await startRun(options({resume: true}));
    expect(again).toEqual({
      ...{result: first.result, path: pathOf(), experiment: 'a', globalStep: 5, wasComplete: true},
      ending: {status: first.result!.status, reason: first.result!.reason},
    });
    expect(log).toEqual([]);
    const beginOrResume = await startRun(options({beginOrResume: true}));
    expect([beginOrResume.wasComplete, log]).toEqual([true, []]);
    await expect(startRun(options({resume: true, rngSeed: 8}))).rejects.toThrow('has the seed 7, got 8');
  });

  test('is begun where it is not there and may be begun', async () => {
    expect((await startRun(options({beginOrResume: true, maxGlobalSteps: 3}))).globalStep).toBe(3);
    log = [];
    expect((await startRun(options({beginOrResume: true}))).globalStep).toBe(5);
    expect(log).toContain('step 4');
    expect(log).not.toContain('step 3');
  });

  test('with code that has changed says so, and keeps the code', async () => {
    const modules = {submission: '/own/mine.ts'};
    const kept = (count: number) =>
      readFileSync(join(pathOf(), 'source', `submission_${count}`, 'lib', 'mine.ts'), 'utf8');
    user.code = {'/own/lib/mine.ts': 'first'};
    await startRun(options({modules, maxGlobalSteps: 3}));
    expect(kept(0)).toBe('first');
    await startRun(options({modules, resume: true, maxGlobalSteps: 4}));
    expect(existsSync(join(pathOf(), 'source', 'submission_1'))).toBe(false);
    user.code = {'/own/lib/mine.ts': 'second'};
    await expect(startRun(options({modules, resume: true}))).rejects.toThrow('submission lib/mine.ts: changed');
    log = [];
    const {result} = await startRun(options({modules, resume: true, withChangedSubmission: true}));
    expect([result!.official, kept(0), kept(2)]).toEqual([false, 'first', 'second']);
    expect(readEvents(pathOf()).events.filter(({event}) => event === 'changed_code')).toMatchObject([
      {
        global_step: 4,
        message: 'continuing with changed code (submission lib/mine.ts: changed): the run is not official',
      },
    ]);
  });
});

describe('a run that fails', () => {
  const failing = (fail: () => void) =>
    submissionOf({
      updateParams({globalStep}) {
        if (globalStep === 2) fail();
        return {};
      },
    });

  test('says so in its folder, and lets go of it', async () => {
    const submission = failing(() => {
      throw new Error('a fault');
    });
    const before = listeners();
    await expect(startRun(options({submission}))).rejects.toThrow('a fault');
    expect(failed()).toMatchObject({status: 'failed', reason: 'a fault'});
    expect([lockHolder(pathOf()), listeners(), log.at(-1)]).toEqual([undefined, before, 'close']);
    expect(existsSync(join(pathOf(), 'LOCK'))).toBe(false);
  });

  test('because its folder is gone names that', async () => {
    const submission = failing(() => {
      renameSync(pathOf(), join(folder, 'elsewhere'));
      throw new Error('a fault');
    });
    const error = await startRun(options({submission})).catch((reason) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(
      `${pathOf()}: the run's folder, or files in it, were removed or renamed while the run was under way, by another program or by the code of the run itself; what was done is lost`,
    );
    expect(error.cause.message).toBe('a fault');
    expect(existsSync(join(folder, 'elsewhere', 'result.json'))).toBe(false);
  });

  test.each([
    ['by itself', 'interrupted', false],
    ['by a second signal', new Error('stopped by SIGINT'), 'stopped by SIGINT'],
    ['though it was only asked to stop', undefined, false],
  ])('as its process ends %s', async (_, reason, said) => {
    const stop = new AbortController();
    const before = new Set(process.listeners('exit'));
    let left: unknown[] = [];
    const submission = failing(() => {
      stop.abort(reason);
      for (const leave of process.listeners('exit').filter((each) => !before.has(each))) leave(0);
      left = [existsSync(join(pathOf(), 'LOCK')), existsSync(join(pathOf(), 'result.json')) && failed().reason];
    });
    await startRun(options({submission, signal: stop.signal}));
    expect(left).toEqual([false, said]);
  });
});

test('a batch size of the config that the submission does not look at is refused', async () => {
  const problem = JSON.stringify([
    {
      path: ['batch_size'],
      message:
        'has no effect: getBatchSize of mine.ts gives 3 whatever this is; let it return `config.batchSize ?? workload.batchSize`, or leave this out',
    },
  ]);
  await expect(startRun(options({}, {batchSize: 4}))).rejects.toThrow(problem);
  expect(existsSync(pathOf())).toBe(false);
  const submission = submissionOf({getBatchSize: (_, config) => Math.min(3, config.batchSize ?? 2)});
  expect((await startRun(options({submission}, {batchSize: 4}))).globalStep).toBe(5);
});

test('runs of one runtime leave it open', async () => {
  const runtime = await openRuntime(options(), 3);
  expect(runtime).toMatchObject({workload: {name: 'tiny'}, engine: {backend: 'wasm'}, dataset: {source: 'here'}});
  expect([runtime.engineChange(), runtime.dataSha256]).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  await runIn(runtime, options({profile: true}));
  await runIn(runtime, options({experimentName: 'b'}));
  expect([existsSync(join(pathOf(), 'profile_0.json')), existsSync(join(pathOf('b'), 'profile_0.json'))]).toEqual([
    ...[true, false],
  ]);
  expect(checkpointSteps(pathOf('b'))).toEqual([4, 5]);
  expect(log.filter((text) => /open|close/.test(text))).toEqual(['open data']);
  log = [];
  expect((await runIn(runtime, options({resume: true}))).wasComplete).toBe(true);
  expect(log).toEqual([]);
  await expect(runIn(runtime, options({workload: {...workload, name: 'other'}}))).rejects.toThrow(
    "runtime: it was opened for another workload, 'tiny'",
  );
  await closeRuntime(runtime);
  expect(log).toEqual(['close']);
  await expect(runIn(runtime, options({resume: true}))).rejects.toThrow('runtime: it was closed');
});

test('modules that a config names are loaded and checked before anything is opened', async () => {
  const submission = submissionOf({
    userModules: (config) => [`${(config as {submission: string}).submission} shape.ts`],
    checkModules: async (config, of) => [
      {path: ['a'], message: `${(config as {submission: string}).submission} ${of.name}`},
    ],
  });
  const problems = JSON.stringify([{path: ['a'], message: 'mine.ts tiny'}]);
  await expect(startRun(options({submission}))).rejects.toThrow(problems);
  expect([user.loaded, log]).toEqual([['mine.ts shape.ts', 'mine.ts shape.ts'], []]);
  const fine = {...submission, checkModules: async () => []};
  expect((await startRun(options({submission: fine}))).globalStep).toBe(5);
});
