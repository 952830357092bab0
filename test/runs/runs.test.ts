import {execFileSync, spawn} from 'node:child_process';
import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test, vi} from 'vitest';
import type {NdArray, TrainState} from '../../src/contract/index.js';
import {
  appendSchedule,
  createRun,
  cutLines,
  cutTo,
  endingInWords,
  extentOf,
  findRun,
  grownFile,
  latestSchedule,
  listRuns,
  openRun,
  openTable,
  parseNumber,
  parseRunPath,
  readResult,
  readSafetensors,
  readTable,
  requireExperimentName,
  safetensorsChunks,
  statusInWords,
  takeLock,
  writeSafetensors,
} from '../../src/runs/index.js';
import {lockText, newHolder} from '../../src/runs/lock-file.js';
import {UserError} from '../../src/support/errors.js';
import {onDisk, writeWhole} from '../../src/support/files.js';
import {temporaryFolder} from '../helpers/cli.js';

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

const tree = {
  params: {
    kernel: {shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, -2, 3.5, Number.NaN, 0, 1e-40)} as NdArray,
  },
  modelState: {},
  optimizer: {
    count: {shape: [], dtype: 'float32', data: Float32Array.of(7)} as NdArray,
    seen: {shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1)} as NdArray,
    ids: {shape: [2], dtype: 'int32', data: Int32Array.of(-1, 2 ** 31 - 1)} as NdArray,
  },
} satisfies TrainState<NdArray>;

describe('safetensors', () => {
  const {kernel} = tree.params;
  const {count, seen, ids} = tree.optimizer;
  const file = {
    tensors: [
      {name: 'b', array: kernel},
      {name: 'empty', array: {shape: [0], dtype: 'int32', data: new Int32Array()} as NdArray},
      // JSON puts numbers first.
      {name: '7', array: count},
      {name: '__proto__', array: seen},
      {name: '', array: ids},
      {name: 'none', array: {shape: [2, 0], dtype: 'float32', data: new Float32Array()} as NdArray},
    ],
    metadata: {a: 'b'},
  };
  const path = () => join(folder, 'a.safetensors');

  test('are read back exactly', () => {
    const sha256 = writeSafetensors(path(), file);
    expect(readSafetensors(path())).toEqual({...file, sha256});
    expect(Number(readFileSync(path()).readBigUInt64LE(0)) % 8).toBe(0);
  });

  test('are written from where the arrays are, and read into memory of their own', () => {
    const within = {shape: [2], dtype: 'float32', data: new Float32Array(8).subarray(2, 4)} as NdArray;
    const [, ...chunks] = [...safetensorsChunks({tensors: [{name: 'a', array: within}], metadata: {}})];
    expect(chunks.map(({buffer, byteOffset, length}) => [buffer === within.data.buffer, byteOffset, length])).toEqual([
      [true, 8, 8],
    ]);
    writeSafetensors(path(), file);
    for (const {array} of readSafetensors(path()).tensors)
      expect(array.data.buffer.byteLength).toBe(array.data.byteLength);
  });

  test('arrays that are copied when they are asked for are not held together', () => {
    const asked: string[] = [];
    const tensors = ['a', 'b', 'c'].map((name) => ({
      name,
      array: {
        ...kernel,
        get data() {
          asked.push(name);
          return kernel.data;
        },
      },
    }));
    writeSafetensors(path(), {tensors, metadata: {}});
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(readSafetensors(path()).tensors.map(({array}) => array)).toEqual([kernel, kernel, kernel]);
  });

  test('damage anywhere is found', () => {
    writeSafetensors(path(), file);
    const bytes = readFileSync(path());
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 0x21;
      writeFileSync(path(), damaged);
      expect(() => readSafetensors(path()), `byte ${at}`).toThrow();
    }
    for (const length of [0, 5, 100, bytes.length - 1]) {
      writeFileSync(path(), bytes.subarray(0, length));
      expect(() => readSafetensors(path())).toThrow();
    }
    writeFileSync(path(), bytes.subarray(0, 7));
    expect(() => readSafetensors(path())).toThrow('7 bytes are too few for a header');
    writeFileSync(path(), Buffer.alloc(8));
    expect(() => readSafetensors(path())).toThrow('its header is not JSON');
    writeFileSync(path(), Buffer.concat([bytes, Buffer.alloc(1)]));
    expect(() => readSafetensors(path())).toThrow('bytes of data where there should be');
  });

  test('an array that is not where the one before it ends is damage', () => {
    const gap = {a: {dtype: 'F32', shape: [1], data_offsets: [4, 8]}};
    const header = JSON.stringify({__metadata__: {sha256: ''}, ...gap});
    const json = Buffer.from(header.padEnd(Math.ceil(header.length / 8) * 8));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    writeFileSync(path(), Buffer.concat([length, json, Buffer.alloc(8)]));
    expect(() => readSafetensors(path())).toThrow("the data of 'a' is not where it should be");
  });

  test.each([
    ['__metadata__', 'no array can have the name'],
    ['b', 'two arrays have the name'],
  ])('a name that cannot be kept is refused: %s', (name, message) => {
    const tensors = [...file.tensors, {name, array: count}];
    expect(() => writeSafetensors(path(), {tensors, metadata: {}})).toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('tables', () => {
  test('grow by rows, and by columns at the right', () => {
    const path = join(folder, 't.csv');
    const table = openTable(path, ['global_step', 'loss']);
    table.append({global_step: 1, loss: 0.1 + 0.2});
    table.append({global_step: 2, loss: Number.NaN, 'a, "b"': Number.POSITIVE_INFINITY});
    table.close();
    expect(readFileSync(path, 'utf8')).toBe('global_step,loss,"a, ""b"""\n1,0.30000000000000004,\n2,nan,inf\n');
    expect(readTable(path).map((row) => [parseNumber(row.loss), parseNumber(row['a, "b"'])])).toEqual([
      [0.1 + 0.2, Number.NaN],
      [Number.NaN, Number.POSITIVE_INFINITY],
    ]);
  });

  test('keep an existing header', () => {
    const path = join(folder, 't.csv');
    openTable(path, ['a', 'b']).close();
    const table = openTable(path, ['b', 'a']);
    table.append({b: 2, a: 1});
    table.close();
    expect(readFileSync(path, 'utf8')).toBe('a,b\n1,2\n');
  });

  test('a torn last line is left out, and cut', () => {
    const path = join(folder, 't.csv');
    writeFileSync(path, 'a\n1\n2\n3');
    expect(readTable(path).map(({a}) => a)).toEqual(['1', '2']);
    cutLines(path, 2);
    expect(readFileSync(path, 'utf8')).toBe('a\n1\n');
  });

  test.each(['two\nlines', 'a\r\nb', 'a\rb', '"', 'a,b', ' spaces ', ''])(
    'a cell is read as it was written: %j',
    (text) => {
      const path = join(folder, 't.csv');
      const table = openTable(path, ['text', 'number']);
      table.append({text, number: 1});
      table.append({text, number: 2, added: text});
      table.close();
      expect(readTable(path)).toEqual([
        {text, number: '1', added: ''},
        {text, number: '2', added: text},
      ]);
      writeFileSync(path, `${readFileSync(path, 'utf8')}"torn\nin a cell,`);
      expect(readTable(path)).toHaveLength(2);
    },
  );

  test('what a spreadsheet saved is read', () => {
    const path = join(folder, 't.csv');
    writeFileSync(path, '\ufeffglobal_step,"loss"\r\n1,0.5\r\n\r\n2,\r\n');
    expect(readTable(path)).toEqual([
      {global_step: '1', loss: '0.5'},
      {global_step: '2', loss: ''},
    ]);
  });

  test('a damaged table is reported with its line', () => {
    const path = join(folder, 't.csv');
    writeFileSync(path, 'a,b\n1,2\n"3"x,4\n');
    expect(() => readTable(path)).toThrow(UserError);
    expect(() => readTable(path)).toThrow(`${path}:3: the table is damaged: Invalid Closing Quote`);
  });
});

describe('schedule.csv', () => {
  test('holds every schedule that was drawn, and the last one is read', () => {
    const [first, second] = [
      [{cycle: 1, step: 0, value: 0.1}],
      [
        {cycle: 1, step: 0, value: 0.1 + 0.2},
        {cycle: 2, step: 7, value: Number.NaN},
      ],
    ];
    expect(latestSchedule(folder)).toEqual([]);
    appendSchedule(folder, 0, first!);
    appendSchedule(folder, 1, second!);
    expect(readFileSync(join(folder, 'schedule.csv'), 'utf8')).toBe(
      'schedule,cycle,global_step,learning_rate\n0,1,0,0.1\n1,1,0,0.30000000000000004\n1,2,7,nan\n',
    );
    expect(latestSchedule(folder)).toEqual(second);
  });

  test('is cut with the rest, so that the schedule before is the latest once more', () => {
    appendSchedule(folder, 0, [{cycle: 1, step: 0, value: 1}]);
    const extent = extentOf(folder, 1);
    appendSchedule(folder, 1, [{cycle: 1, step: 0, value: 2}]);
    cutTo(folder, extent, []);
    expect(latestSchedule(folder)).toEqual([{cycle: 1, step: 0, value: 1}]);
  });
});

describe('grownFile', () => {
  test('hashes the rows that were there, whatever columns and rows come later', () => {
    const path = join(folder, 'a.csv');
    const table = openTable(path, ['global_step', 'loss']);
    table.append({global_step: 1, loss: 2.5});
    table.append({global_step: 2});
    const before = grownFile(path);
    expect(before?.lines).toBe(3);
    table.append({global_step: 3, grad_norm: 1});
    table.close();
    expect(grownFile(path, 3)).toEqual(before);
    expect(grownFile(path)).not.toEqual(before);
    expect(grownFile(path, 5)).toBeUndefined();
    writeFileSync(path, readFileSync(path, 'utf8').replace('2.5', '2.4'));
    expect(grownFile(path, 3)).not.toEqual(before);
  });
});

test.each([
  ['budget_spent', null, 'budget spent'],
  ['budget_spent', {globalStep: 3, seconds: 1}, 'budget spent, target reached'],
  ['stopped', 3, 'stopped, target reached'],
  ['target_reached', 3, 'target reached'],
])('%s with the time to target %j is %s', (status, timeToTarget, words) => {
  expect(statusInWords({status, timeToTarget})).toBe(words);
});

describe('createRun', () => {
  const run = {stem: 'small', workload: 'mnist', trial: 1, overwrite: false, files: {'config.yaml': 'a: 1\n'}};

  test('replaces runs only, and never other files', async () => {
    const path = join(folder, 'a', 'mnist_tfjs', 'trial_1');
    mkdirSync(path, {recursive: true});
    writeFileSync(join(path, 'thesis.txt'), 'all of it');
    await expect(createRun({...run, overwrite: true, experimentDir: folder, experimentName: 'a'})).rejects.toThrow(
      'holds no run, but other files',
    );
    expect(readFileSync(join(path, 'thesis.txt'), 'utf8')).toBe('all of it');
  });

  test('gives runs without a name that begin in the same second folders of their own', async () => {
    vi.useFakeTimers({toFake: ['Date'], now: new Date(2026, 10, 24, 12, 29, 5)});
    onTestFinished(() => void vi.useRealTimers());
    const made = [1, 2, 3].map(() => createRun({...run, experimentDir: folder, experimentName: undefined}));
    const names = (await Promise.all(made)).map(({experiment}) => experiment);
    const name = 'small-2026-11-24-12-29-05';
    expect(names).toEqual([name, `${name}-2`, `${name}-3`]);
  });

  test('makes the folder with its files and the lock', async () => {
    const {path} = await createRun({...run, experimentDir: folder, experimentName: 'sweep/one'});
    expect(path).toBe(join(folder, 'sweep/one/mnist_tfjs/trial_1'));
    expect(readdirSync(path).sort()).toEqual(['LOCK', 'config.yaml', 'plots']);
    expect(readdirSync(join(path, '..'))).toEqual(['trial_1']);
  });

  test('lays trials of a study out as AlgoPerf does, and a list knows them', async () => {
    const {path, lock} = await createRun({
      ...run,
      experimentDir: folder,
      experimentName: 'sweep/a',
      study: 2,
      trial: 13,
    });
    expect(path).toBe(join(folder, 'sweep/a/study_2/mnist_tfjs/trial_13'));
    await createRun({...run, experimentDir: folder, experimentName: 'sweep/a', trial: 2});
    expect(
      listRuns(folder).map(({experiment, study, workload, trial}) => [experiment, study, workload, trial]),
    ).toEqual(
      expect.arrayContaining([
        ['sweep/a', 2, 'mnist', 13],
        ['sweep/a', null, 'mnist', 2],
      ]),
    );
    lock.release();
    const location = {experiment: 'sweep/a', study: 2, workload: 'mnist', trial: 13};
    expect(await openRun(folder, location)).toMatchObject({path, experiment: 'sweep/a'});
    await expect(openRun(folder, {...location, trial: 1})).rejects.toThrow('there is no run at');
  });

  test.each([
    ['a/mnist_tfjs/trial_1', {experiment: 'a', study: undefined, workload: 'mnist', trial: 1}],
    ['a/b/study_3/wmt_post_ln_tfjs/trial_10', {experiment: 'a/b', study: 3, workload: 'wmt_post_ln', trial: 10}],
    ['study_1/mnist_tfjs/trial_1', {experiment: 'study_1', study: undefined, workload: 'mnist', trial: 1}],
    ['a/mnist_tfjs/trial_0', undefined],
    ['a/mnist_jax/trial_1', undefined],
    ['mnist_tfjs/trial_1', undefined],
  ])('%s is reported by its path', (path, location) => expect(parseRunPath(path)).toEqual(location));

  test('clears away what a killed process had started', async () => {
    const parent = join(folder, 'a', 'mnist_tfjs');
    const [old, young] = [`.trial_1.${2 ** 22 - 3}.tmp`, `.trial_1.${2 ** 22 - 4}.tmp`];
    for (const name of [old, young]) mkdirSync(join(parent, name, 'plots'), {recursive: true});
    const anHourAgo = Date.now() / 1000 - 3600;
    utimesSync(join(parent, old), anHourAgo, anHourAgo);
    await createRun({...run, experimentDir: folder, experimentName: 'a'});
    // A young one may be at work on another machine.
    expect(readdirSync(parent)).toEqual([young, 'trial_1']);
  });

  test('a run in which a process is at work is not overwritten', async () => {
    await createRun({...run, experimentDir: folder, experimentName: 'a'});
    await expect(createRun({...run, overwrite: true, experimentDir: folder, experimentName: 'a'})).rejects.toThrow(
      'is at work in this run',
    );
  });

  test.each(['', '../a', '/a', 'a//b', 'a/..', '.hidden', 'a/./b', 'a\\b', 'a\nb', 'a/study_1', 'a/study_1/b'])(
    "the name '%s' is refused",
    (name) => {
      expect(() => requireExperimentName(name)).toThrow(UserError);
    },
  );
});

describe('runs', () => {
  function putRun(experiment: string, result?: object): string {
    const path = join(folder, experiment, 'mnist_tfjs', 'trial_1');
    mkdirSync(path, {recursive: true});
    writeFileSync(join(path, 'config.yaml'), 'a: 1\n');
    const meta = {
      begun: '2026-01-01',
      'workload.target_metric_name': 'accuracy',
      'workload.target_goal': 'maximize',
      'workload.validation_target_value': 0.9,
      'workload.loss_metric_name': 'loss',
    };
    writeFileSync(join(path, 'meta_data_0.json'), JSON.stringify(meta));
    const rows = [
      'accumulated_submission_time,global_step,validation/accuracy,validation/loss',
      '1.5,1,0.5,2',
      '3,10,0.95,1',
      '3.5,15,0.97,nan',
      '4,20,0.93,1\n',
    ].join('\n');
    writeFileSync(join(path, 'eval_measurements.csv'), rows);
    if (result) writeFileSync(join(path, 'result.json'), JSON.stringify(result));
    return path;
  }

  test('status and best are derived from the files', async () => {
    putRun('first');
    const [run] = listRuns(folder);
    expect(run).toMatchObject({
      experiment: 'first',
      workload: 'mnist',
      status: 'interrupted',
      globalStep: 20,
      best: {value: 0.95, globalStep: 10},
      timeToTarget: {globalStep: 10, seconds: 3},
      submissionSeconds: 4,
    });
    await takeLock(run!.path);
    expect(listRuns(folder)[0]!.status).toBe('running');
  });

  test('the step is that of the latest checkpoint where that is later than the last evaluation', () => {
    const path = putRun('first');
    mkdirSync(join(path, 'checkpoints'));
    for (const step of [10, 23]) writeFileSync(join(path, 'checkpoints', `step-${step}.safetensors`), '');
    expect(listRuns(folder)[0]!.globalStep).toBe(23);
  });

  test('a model whose loss is not finite is not the best', () => {
    const path = putRun('first');
    const rows = 'global_step,validation/accuracy,validation/loss\n1,0.1,2.3\n10,0.5,nan\n20,0.4,inf\n30,0.2,1\n';
    writeFileSync(join(path, 'eval_measurements.csv'), rows);
    expect(listRuns(folder)[0]!.best).toEqual({value: 0.2, globalStep: 30});
  });

  test('a process that was killed is not running', async () => {
    const path = putRun('first');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(join(path, 'LOCK'), lockText({...newHolder(), pid: child.pid!, processStart: null}));
    expect(listRuns(folder)[0]!.status).toBe('running');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('exit', resolve));
    expect(listRuns(folder)[0]!.status).toBe('interrupted');
  });

  const whole = {
    status: 'budget_spent',
    reason: 'the submission ended',
    globalStep: 20,
    metric: 'accuracy',
    best: {value: 0.95, globalStep: 10, seconds: 3},
    timeToTarget: null,
    times: {submission: 4, evaluation: 1, logging: 0, total: 5},
  };

  test.each([
    [{status: 'budget_spent', reason: 'training complete'}, 'budget spent after 7,813 steps (training complete)'],
    [
      {status: 'target_reached', reason: 'training complete'},
      'target reached, ended after 7,813 steps (training complete)',
    ],
  ] as const)('the end of a run in words: %o', (ending, words) => {
    expect(endingInWords({...ending, globalStep: 7813})).toBe(words);
  });

  test('a result is read whole or not at all', () => {
    const path = putRun('first', whole);
    expect(readResult(path)).toEqual({...whole, path});
    expect(listRuns(folder)[0]).toMatchObject({status: 'budget_spent', damage: null});
  });

  test.each([
    '{}',
    'null',
    '[]',
    '7',
    '{"status": "st',
    JSON.stringify({...whole, status: 'done'}),
    JSON.stringify({...whole, globalStep: '20'}),
    JSON.stringify({...whole, reason: 7}),
    JSON.stringify({...whole, metric: null}),
    JSON.stringify({...whole, best: {}}),
    JSON.stringify({...whole, best: undefined}),
    JSON.stringify({...whole, timeToTarget: {seconds: 1}}),
    JSON.stringify({...whole, times: {}}),
  ])('one damaged result is reported and hides no other run: %s', (text) => {
    writeFileSync(join(putRun('first'), 'result.json'), text);
    putRun('second', whole);
    const damage = 'result.json holds no result of a run';
    expect(listRuns(folder)).toMatchObject([
      {experiment: 'first', status: 'damaged', damage, globalStep: 20, submissionSeconds: 4},
      {experiment: 'second', status: 'budget_spent'},
    ]);
    expect(findRun(folder, 'second').damage).toBeNull();
    expect(readResult(join(folder, 'first', 'mnist_tfjs', 'trial_1'))).toBeUndefined();
  });

  test.each(['eval_measurements.csv', 'result.json', 'meta_data_0.json', 'config.yaml'])(
    'a folder in the place of %s hides no other run',
    (name) => {
      const path = putRun('first');
      rmSync(join(path, name), {force: true});
      mkdirSync(join(path, name));
      putRun('second', whole);
      const [first, second] = listRuns(folder).sort((a, b) => a.experiment.localeCompare(b.experiment));
      const isTold = name.startsWith('eval') || name.startsWith('result');
      expect(first).toMatchObject({
        status: isTold ? 'damaged' : 'interrupted',
        damage: isTold ? expect.stringContaining(name) : null,
      });
      expect(second!.status).toBe('budget_spent');
    },
  );

  test.each(['[]', 'null', '{"begun": 7, "workload.target_metric_name": 1, "workload.target_goal": []}'])(
    'facts of another kind are passed over: %s',
    (text) => {
      writeFileSync(join(putRun('first'), 'meta_data_0.json'), text);
      putRun('second');
      expect(listRuns(folder).map(({metric}) => metric)).toEqual(['accuracy', null]);
    },
  );

  test('foreign and half-empty folders are passed by', () => {
    mkdirSync(join(folder, 'x', 'y'), {recursive: true});
    mkdirSync(join(folder, 'empty', 'mnist_tfjs', 'trial_1'), {recursive: true});
    writeFileSync(join(folder, 'file'), '');
    expect(listRuns(folder)).toEqual([]);
    expect(listRuns(join(folder, 'nowhere'))).toEqual([]);
  });

  test('are found by name and by what the name begins with', () => {
    putRun('sweep/lr-1');
    putRun('sweep/lr-2');
    expect(findRun(folder, 'sweep/lr-2').experiment).toBe('sweep/lr-2');
    expect(() => findRun(folder, 'sweep')).toThrow(
      /'sweep' stands for several runs:\n {2}1 {2}[0-9a-f]{10} {2}sweep\/lr-1\/mnist_tfjs\/trial_1\n {2}2 /,
    );
    expect(() => findRun(folder, 'swep/lr-1')).toThrow('Did you mean `sweep/lr-1`?');
  });

  test('are found by their folder and by the folders above it', () => {
    const path = putRun('sweep/lr-1');
    putRun('sweep/lr-10');
    for (const name of [
      path,
      `${path}/`,
      dirname(path),
      'sweep/lr-1/mnist_tfjs/trial_1',
      'sweep/lr-1/',
      './sweep/lr-1',
    ])
      expect(findRun(folder, name).path, name).toBe(path);
    const fromHere = relative(process.cwd(), join(folder, 'sweep', 'lr-1'));
    expect(findRun(folder, fromHere).path).toBe(path);
    expect(() => findRun(folder, join(folder, 'sweep'))).toThrow('several runs');
    expect(() => findRun(folder, 'lr-1')).toThrow('there is no run');
  });

  test('of one experiment are kept apart by their folders', () => {
    mkdirSync(join(folder, 'both'));
    cpSync(putRun('first'), join(folder, 'both', 'cifar_tfjs', 'trial_1'), {recursive: true});
    cpSync(putRun('first'), join(folder, 'both', 'mnist_tfjs', 'trial_1'), {recursive: true});
    expect(() => findRun(folder, 'both')).toThrow(
      /'both' stands for several runs:\n.*both\/cifar_tfjs\/trial_1\n.*both\/mnist_tfjs\/trial_1\nName one by/,
    );
    expect(findRun(folder, 'both/mnist_tfjs').workload).toBe('mnist');
  });
});

describe('writing', () => {
  test('a file is there whole or as it was', () => {
    const path = join(folder, 'a');
    writeWhole(path, 'one');
    writeWhole(path, 'two');
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['two', ['a']]);
  });

  test.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'ENOENT', 'ENOTDIR'])(
    '%s is reported with its path and what to do',
    (code) => {
      const fail = () =>
        onDisk('/some/path', () => {
          throw Object.assign(new Error(`${code}: oh`), {code});
        });
      expect(fail).toThrow(UserError);
      expect(fail).toThrow(/^\/some\/path: .*; (free|choose|make)/);
    },
  );

  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  test.skipIf(!canMount)('on a full disk nothing is left half-written', () => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], {stdio: 'ignore'});
    } catch {
      return;
    }
    onTestFinished(() => {
      execFileSync('umount', [folder]);
      rmSync(folder, {recursive: true, force: true});
    });
    const path = join(folder, 'a');
    writeWhole(path, 'small');
    expect(() => writeWhole(path, Buffer.alloc(200_000))).toThrow(`${path}: the disk is full; free some space`);
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['small', ['a']]);
    const table = openTable(join(folder, 't.csv'), ['a']);
    expect(() => {
      for (let i = 0; i < 1000; i++) table.append({a: 'x'.repeat(100)});
    }).toThrow('the disk is full');
    table.close();
  });
});

test('a file in place of the experiments is reported', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => listRuns(join(folder, 'file'))).toThrow(UserError);
});
