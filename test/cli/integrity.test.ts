import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {EVENTS} from '../../src/runs/index.js';
import {type Finished, finished, root, start} from '../helpers/cli.js';
import {type Change, folderWithSubmission, RUN_SUBMISSION, runIn, startSubmission} from '../helpers/submission.js';

const RETURN = 'return {};';
const IN_INIT = '  return {init: {}, entries';

/** Runs a submission that tries something in its first step, before its model is made, or as it is loaded. */
const inStep = (code: string): Change => [RETURN, `${code}\n  return {};`];
const inInit = (code: string): Change => [IN_INIT, `  ${code}\n${IN_INIT}`];

async function attempt(...changes: readonly Change[]): Promise<Finished & {folder: string}> {
  const folder = folderWithSubmission(...changes);
  return {folder, ...(await finished(startSubmission(folder, '--max-global-steps', '3')))};
}

/** The run ends with the submission's file and line, and what can't be changed. */
async function refused(change: Change, words: string): Promise<void> {
  const {code, stdout, stderr} = await attempt(change);
  expect([code, stdout], stderr).toEqual([2, '']);
  expect(stderr).toContain(words);
  expect(stderr).toMatch(/mine\.ts:\d+:\d+/);
}

const UPDATE: Change = ['updateParams({program, batch})', 'updateParams(context)'];
const RUN: Change = ["program.run('step', {batch})", "context.program.run('step', {batch: context.batch})"];

/** Tries each piece of code and notes what it threw, which ends nothing. */
const trying = (codes: readonly string[]): string =>
  `const thrown = [${codes.map((code) => `() => { ${code} }`)}].map((attempt) => {
    try { attempt(); return 'nothing'; } catch (error) { return String(error); }
  });
  process.getBuiltinModule('fs').writeFileSync('thrown.json', JSON.stringify(thrown));`;

/** What each piece of code threw, by what it tries; the run goes through to its end. */
async function thrownBy(
  attempts: {readonly [what: string]: string},
  changesFor: (code: string) => Change[],
): Promise<{folder: string; thrown: {[what: string]: string}}> {
  const {folder, code, stderr} = await attempt(...changesFor(trying(Object.values(attempts))));
  expect(code, stderr).toBe(0);
  const thrown: string[] = JSON.parse(readFileSync(join(folder, 'thrown.json'), 'utf8'));
  return {folder, thrown: Object.fromEntries(Object.keys(attempts).map((what, i) => [what, thrown[i]!]))};
}

/** All of them are refused, since nothing of it can be written; by `refused` it is shown how a run ends that does not catch this. */
async function allRefused(attempts: {readonly [what: string]: string}, changesFor: (code: string) => Change[]) {
  const {thrown} = await thrownBy(attempts, changesFor);
  for (const [what, text] of Object.entries(thrown))
    expect(text, what).toMatch(
      /^TypeError: .*(read.?only|not extensible|has only a getter|Cannot (delete|redefine)|internals are not there|has no access to it)/,
    );
}

describe('what a submission is given can only be read', () => {
  const GIVEN = 'initOptimizerState({recorder, workload, config, model, key}) {';
  const inGivenInit = (code: string): Change => ['initOptimizerState({recorder}) {', `${GIVEN}\n  ${code}`];

  test('before the first step', async () => {
    const attempts = {
      'the target': 'workload.target.validation = 0.01;',
      'the target as a whole': "workload.target = {metric: 'accuracy', goal: 'maximize', validation: 0, test: 0};",
      'the evaluation': 'workload.evaluation.entries = {};',
      'the metrics': "workload.metrics.accuracy = 'minimize';",
      'the budget': 'workload.budget.seconds = 1e9;',
      'the number of examples': 'workload.examples.validation = 1;',
      'the config': 'config.evaluation.stopAtTarget = false;',
      'the recorder': 'recorder.row = () => {};',
      'the model': 'model.params.dense0 = {};',
      'the key': 'key[0] = 1;',
    };
    await allRefused(attempts, (code) => [inGivenInit(code)]);
    await refused(inGivenInit(attempts['the target']), 'is read-only');
  });

  test("the workload, as the submission's own module is loaded", async () => {
    const reach = "await import(new URL('../workloads/mnist/index.js', import.meta.resolve('algoperf-ts')).href)";
    const top = `const {mnist} = ${reach}; mnist.target.validation = 0.01;\n\n`;
    const {code, stdout, stderr} = await attempt(['export const getBatchSize', `${top}export const getBatchSize`]);
    expect([code, stdout], stderr).toEqual([2, '']);
    expect(stderr).toMatch(/Cannot assign to read only property 'validation'|is read-only/);
  });

  test('in a step', async () => {
    const attempts = {
      'the evaluations': 'context.evalResults.push({globalStep: 1, metrics: {}});',
      'an evaluation': "if (context.globalStep > 0) context.evalResults[0].metrics['validation/accuracy'] = 1;",
      'the program': 'context.program.run = () => ({number: () => 1e9});',
      'the clock': 'context.clock.accumulatedSubmissionTime = 0;',
      'the queue': 'context.inputQueue.next = () => ({});',
      'a field of the batch': 'context.batch.inputs.shape = [0];',
      'a shape in it': 'context.batch.inputs.shape[0] = 0;',
      'the context': 'context.globalStep = 7;',
    };
    await allRefused(attempts, (code) => [UPDATE, RUN, inStep(`{ ${code} }`)]);
    const {code, stdout, stderr} = await attempt(UPDATE, RUN, inStep(attempts['the context']));
    expect([code, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain('is read-only');
    expect(stderr).toMatch(/mine\.ts:\d+:\d+/);
  });
});

test('all that a submission is given is frozen, to the bottom', async () => {
  const walk = `
    const open = [];
    const seen = new Set();
    const walk = (value, path) => {
      if (typeof value !== 'object' || value === null || seen.has(value) || ArrayBuffer.isView(value)) return;
      seen.add(value);
      if (!Object.isFrozen(value)) open.push(path);
      for (const name of Object.keys(value)) if (name !== 'optimizerState') walk(value[name], path + '.' + name);
    };
    const note = (given, name) => {
      walk(given, name);
      process.getBuiltinModule('fs').writeFileSync('open.json', JSON.stringify({open, count: seen.size}));
    };\n`;
  const {folder, code, stderr} = await attempt(
    [
      'export const getBatchSize = () => 4;',
      `${walk}export const getBatchSize = (workload, config) => { note(workload, 'workload'); note(config, 'config'); return 4; };`,
    ],
    [
      'dataSelection = ({inputQueue}) => inputQueue.next()',
      "dataSelection = (context) => { const batch = context.inputQueue.next(); note(context, 'selection'); note(batch, 'batch'); return batch; }",
    ],
    [
      'initOptimizerState({recorder}) {',
      "initOptimizerState(context) { const {recorder} = context; note(context, 'init');",
    ],
    UPDATE,
    RUN,
    [RETURN, "note(context, 'step'); return {};"],
    [
      'export function updateParams',
      "export const prepareForEval = (context) => note(context, 'prepare');\nexport function updateParams",
    ],
  );
  expect(code, stderr).toBe(0);
  const {open, count} = JSON.parse(readFileSync(join(folder, 'open.json'), 'utf8'));
  expect(count).toBeGreaterThan(50);
  expect(open).toEqual([]);
});

/** What the tool and its built-in submissions write. */
const OWN_TABLES = ['eval_measurements', 'measurements', 'schedule', 'reinits', 'validation_losses'];
const OWN_EVENTS = [...EVENTS, 'early_stop', 'early_stop_ignored', 'reset'];

describe("names of a submission's tables, scalars and events", () => {
  test('that are not its to use are refused, and nothing is written', async () => {
    const calls = [
      ['outside the folder', "recorder.row('../../../../evil', 1, {a: 1})", 'recorder.row: table must be a name of'],
      ['a path', "recorder.row('a/b', 1, {a: 1})", 'recorder.row: table must be a name of'],
      [
        'the table of evaluations',
        "recorder.row('eval_measurements', 1, {a: 1})",
        "'eval_measurements' is the tool's own",
      ],
      ['in other letters', "recorder.row('Measurements', 1, {a: 1})", "'Measurements' is the tool's own"],
      ['the schedule', "recorder.row('schedule', 1, {a: 1})", "'schedule' is the tool's own"],
      ['no name', "recorder.row('', 1, {a: 1})", 'recorder.row: table must be a name of'],
      ['the step', "recorder.row('a', 1, {global_step: 1})", "'global_step' is the tool's own"],
      ['a cell', "recorder.row('a', 1, {a: {}})", "'a' must be a number or a string, found an object"],
      ['a column', "recorder.row('a', 1, {'a\\nb': 1})", 'on one line'],
      ['a metric', "recorder.scalars(1, {'validation/accuracy': 1})", "'validation/accuracy' is the tool's own"],
      ['the score', 'recorder.scalars(1, {score: 1})', "'score' is the tool's own"],
      ['a string as a scalar', "recorder.scalars(1, {a: '1'})", "'a' must be a number, found"],
      ['an evaluation', "recorder.event(1, {name: 'evaluation', message: ''})", "'evaluation' is the tool's own"],
      ['no message', "recorder.event(1, {name: 'a'})", 'message must be a string'],
      ['a step', "recorder.row('a', -1, {a: 1})", 'globalStep must be an integer of at least 0'],
      ...OWN_TABLES.map((name) => [
        `table ${name}`,
        `recorder.row('${name}', 1, {a: 1})`,
        `'${name}' is the tool's own`,
      ]),
      ...OWN_EVENTS.map((name) => [
        `event ${name}`,
        `recorder.event(1, {name: '${name}', message: ''})`,
        `'${name}' is the tool's own`,
      ]),
    ] as [string, string, string][];
    const attempts = Object.fromEntries(calls.map(([what, call]) => [what, `${call};`]));
    const {folder, thrown} = await thrownBy(attempts, (code) => [inInit(code)]);
    for (const [what, , words] of calls) expect(thrown[what], what).toContain(words);
    expect(readdirSync(folder)).not.toContain('evil.csv');
    expect(readdirSync(runIn(folder))).not.toContain('a.csv');
  });

  test('end the run where that is not caught', async () => {
    const {folder, code, stderr} = await attempt(inInit("recorder.row('../../../../evil', 1, {a: 1});"));
    expect([code, stderr]).toEqual([2, expect.stringContaining('recorder.row: table must be a name of')]);
    expect(stderr).toMatch(/mine\.ts:\d+:\d+: recorder/);
    expect(existsSync(runIn(folder))).toBe(true);
  });

  test('others are taken, as they are at the call', async () => {
    const code = "const row = {a: 1}; recorder.row('my_table-1.x', 0, row); row.a = 2;";
    const {folder, code: exit, stderr} = await attempt(inInit(code));
    expect(exit, stderr).toBe(0);
    expect(readFileSync(join(runIn(folder), 'my_table-1.x.csv'), 'utf8')).toBe('global_step,a\n0,1\n');
  });
});

/** Three steps that are no training: what else could bring the target within them? */
async function unmoved(...changes: readonly Change[]): Promise<void> {
  const {folder, code, stdout, stderr} = await attempt(...changes);
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({status: 'stopped', timeToTarget: null, globalStep: 3});
  expect(JSON.parse(readFileSync(join(runIn(folder), 'result.json'), 'utf8'))).toMatchObject({timeToTarget: null});
}

const HASH = "process.getBuiltinModule('crypto').createHash('sha256')";

describe('what JavaScript and Node provide can only be read', () => {
  test('all that the tool goes by', async () => {
    const attempts = {
      'performance.now': 'performance.now = () => 0;',
      'Date.now': 'Date.now = () => 0;',
      'process.hrtime': 'process.hrtime = () => [0, 0];',
      'process.hrtime.bigint': 'process.hrtime.bigint = () => 0n;',
      Math: 'Math.max = () => 0;',
      'Array.prototype': 'Array.prototype.find = (list) => list[0];',
      'the iterator of arrays': '[][Symbol.iterator]().__proto__.next = () => ({done: true});',
      'Object.freeze': 'Object.freeze = (value) => value;',
      'Object.prototype': "Object.prototype.toJSON = () => 'x';",
      'typed arrays': 'Float32Array.prototype.__proto__.set = () => {};',
      JSON: "JSON.stringify = () => '{}';",
      promises: 'Promise.prototype.then = function () { return this; };',
      Map: 'Map.prototype.get = () => 1e9;',
      'what goes over a Set': 'Set.prototype[Symbol.iterator] = function* () {};',
      'a global': 'globalThis.Math = {};',
      'a timer': 'globalThis.setImmediate = () => {};',
      fs: "process.getBuiltinModule('fs').writeSync = () => 0;",
      'the operations': 'tf.equal = () => tf.scalar(1);',
      'the exit': 'process.exit = () => {};',
      'the process': 'globalThis.process = null as any;',
      hashes: "process.getBuiltinModule('crypto').Hash.prototype.update = function () { return this; };",
      'what hashes': `${HASH}[Object.getOwnPropertySymbols(${HASH})[0]].__proto__.update = () => true;`,
      emitters: "process.getBuiltinModule('events').prototype.emit = () => true;",
      streams: "process.getBuiltinModule('stream').Readable.prototype.on = () => {};",
      threads: "process.getBuiltinModule('worker_threads').Worker.prototype.postMessage = () => {};",
      comparisons: "process.getBuiltinModule('util').isDeepStrictEqual = () => true;",
      TextDecoder: "TextDecoder.prototype.decode = () => '{}';",
      loading: "process.getBuiltinModule('module')._load = () => ({});",
      'the parts of a URL': "Object.defineProperty(URL.prototype, 'href', {get: () => 'x'});",
      "Node's internals": "process.binding('fs').writeString = () => 0;",
      'promises as they are made': 'createHook({}).enable();',
      'promises by V8': "process.getBuiltinModule('v8').promiseHooks.onInit(() => {});",
      "V8's options": "process.getBuiltinModule('v8').setFlagsFromString('--allow-natives-syntax');",
      'the heap': "process.getBuiltinModule('v8').writeHeapSnapshot('heap');",
      'the heap as a stream': "process.getBuiltinModule('v8').getHeapSnapshot();",
      'threads as they are made':
        "process.getBuiltinModule('diagnostics_channel').subscribe('worker_threads', () => {});",
      'threads by their channel':
        "process.getBuiltinModule('diagnostics_channel').channel('worker_threads').subscribe(() => {});",
      'what operations use': 'tf.util.sizeFromShape = () => 0;',
    };
    const imports: Change = ['type Nothing', "import {createHook} from 'node:async_hooks';\ntype Nothing"];
    await allRefused(attempts, (code) => [imports, inInit(code)]);
    await refused(inInit(attempts['performance.now']), 'is read-only');
  });

  test('but an object of a submission may have parts of the same names', async () => {
    const code =
      "const mine: any = {}; mine.toString = () => 'x'; mine.constructor = 3; const e = new Error(); e.name = 'Mine';";
    await unmoved(inInit(`${code} if (String(mine) + e !== 'xMine') throw e;`));
  });
});

describe('an evaluation goes by the engine as it was opened', () => {
  const FAKE = '{...tf.getKernel(name, tf.getBackend()), kernelFunc: () => tf.engine().makeTensor([1], [], "float32")}';
  test.each([
    [
      'an operation',
      `const name = 'Sum'; const fake = ${FAKE}; tf.unregisterKernel(name, tf.getBackend()); tf.registerKernel(fake);`,
    ],
    ['a function of the engine', 'tf.engine().runKernel = () => tf.scalar(1);'],
    ['a function of what drives it', 'tf.backend().readSync = () => Float32Array.of(1e9);'],
    ['what reads a tensor', 'tf.Tensor.prototype.dataSync = () => Float32Array.of(1e9);'],
    ['a setting', "tf.env().set('PROD', !tf.env().get('PROD'));"],
    ['a function that is found by another', `Object.defineProperty(engine, 'runKernel', {get: () => original});`],
    ['a setting that is computed', "Object.defineProperty(tf.env().getFlags(), 'PROD', {get: () => false});"],
    ['a tape of what is computed', 'Object.assign(engine.state, {gradientDepth: 1, activeTape: []});'],
    ['a profile of what is computed', 'void tf.profile(() => new Promise(() => {}));'],
    ['a scope that is computed', `Object.defineProperty(engine.state, 'lastScope', {set: () => {}});`],
    [
      'a list of scopes with a method',
      "Object.defineProperty(engine.state.scopeStack, 'push', {value: Array.prototype.push});",
    ],
  ])('%s', async (_, code) => {
    const names = 'const engine = tf.engine() as any; const original = engine.runKernel;';
    const {code: exit, stdout, stderr} = await attempt(inStep(`${names} ${code}`));
    expect([exit, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain('was replaced while the run was under way');
  });

  const SAVE = 'save: () => null';
  const evaluatedBy = (code: string): Change => [
    SAVE,
    `${SAVE}, evalParams: (_, params) => {
      const engine = tf.engine() as any;
      let tensor = params;
      while (!(tensor instanceof tf.Tensor)) [tensor] = Object.values(tensor);
      ${code}
      return params;
    }`,
  ];
  test.each([
    ['a field that is computed', "const {id} = tensor; Object.defineProperty(tensor, 'id', {get: () => id});"],
    ['a method of its shape', "Object.defineProperty(tensor.shape, 'slice', {value: () => tensor.shape});"],
    ['who keeps it', 'engine.state.tensorInfo.get(tensor.dataId).backend = Object.create(tf.backend());'],
    ['a function of the engine', 'engine.runKernel = engine.runKernel.bind(engine);'],
    ['a tape', 'Object.assign(engine.state, {gradientDepth: 1, activeTape: []});'],
  ])('nor may what gives the parameters to evaluate change the model or the engine: %s', async (_, code) => {
    const {code: exit, stdout, stderr} = await attempt(evaluatedBy(code));
    expect([exit, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain('was replaced while the run was under way');
  });

  test('nor does it find any tensor of the evaluation, and what it makes is freed', async () => {
    const look = "if (engine.state.activeScope.track.length > 0) throw new Error('there are tensors'); tf.zeros([3]);";
    const {code, stderr} = await attempt(evaluatedBy(look));
    expect(code, stderr).toBe(0);
  });

  test('nor can what it looks things up in be given other methods', async () => {
    const own = (table: string): string => `Object.defineProperty(${table}, 'get', {value: () => undefined});`;
    const modules = "process.getBuiltinModule('module').createRequire(import.meta.url).cache";
    const attempts = {
      'what is asked of arrays': "Object.defineProperty(tf.env().platform, 'isTypedArray', {value: () => true});",
      'who is asked': '(tf.env() as any).platform = {};',
      'the kinds of arrays': "process.getBuiltinModule('util').types.isFloat32Array = () => false;",
      'the kernels': own("(globalThis as any)._tfGlobals.get('kernelRegistry')"),
      'the registries': own('(globalThis as any)._tfGlobals'),
      'the tensors of the engine': own('(tf.engine() as any).state.tensorInfo'),
      'another table of them': '(tf.engine() as any).state.tensorInfo = new WeakMap();',
      'the tensors of its backend': own('((tf.backend() as any).dataIdMap ?? (tf.backend() as any).tensorMap).data'),
      'what its modules give each other':
        `for (const [path, {exports}] of Object.entries(${modules}) as any) ` +
        "if (/backend-wasm|nodejs_kernel_backend/.test(path)) exports.version_wasm = exports.ensureTensorflowBackend = 'mine';",
    };
    await allRefused(attempts, (code) => [inStep(code)]);
  });

  test.each([
    ['an engine of its own', "tf.registerBackend('wasm', () => ({}));", "the engine 'wasm'"],
    ['what runs operations', 'tf.engine().runKernel = () => {};', "the engine's function 'runKernel'"],
  ])('%s, as the submission is loaded', async (_, code, words) => {
    const {code: exit, stdout, stderr} = await attempt(['type Nothing', `${code}\ntype Nothing`]);
    expect([exit, stdout], stderr).toEqual([2, '']);
    expect(stderr).toContain(`./mine.ts: it puts something in the place of ${words}`);
  });
});

describe('what is changed in the run folder or the process while the run is under way', () => {
  const FILES = "const {appendFileSync, writeFileSync} = process.getBuiltinModule('fs');";
  const IN = "'experiments/a/mnist_tfjs/trial_1/";

  test('a table of evaluations makes the result not official, and says so', async () => {
    const row = "appendFileSync(file, readFileSync(file, 'utf8').trimEnd().split('\\n').at(-1) + '\\n');";
    const code = `if (!globalThis.done && existsSync(file)) { globalThis.done = true; ${row} }`;
    const {
      folder,
      code: exit,
      stdout,
      stderr,
    } = await attempt(
      inStep(
        `const file = ${IN}eval_measurements.csv'; const {appendFileSync, existsSync, readFileSync} = process.getBuiltinModule('fs'); ${code}`,
      ),
    );
    expect(exit, stderr).toBe(0);
    const because = 'eval_measurements.csv was changed while the run was under way';
    expect(JSON.parse(stdout)).toMatchObject({official: false, timeToTarget: null});
    expect(JSON.parse(stdout).notOfficialBecause).toContain(because);
    expect(stderr).toContain(`not official: ${because}`);
    expect(existsSync(join(runIn(folder), 'result.json'))).toBe(true);
  });

  test('a table of evaluations makes a run that is interrupted and continues not official, too', async () => {
    const change = [
      `const file = ${IN}eval_measurements.csv';`,
      "const {existsSync, readFileSync, writeFileSync} = process.getBuiltinModule('fs');",
      "if (existsSync(file) && !existsSync('done')) {",
      "  writeFileSync('done', '');",
      "  writeFileSync(file, readFileSync(file, 'utf8').replace(/(\\n[^,]*,[^,]*,)[^,]*/, '$10.1'));",
      "  process.kill(process.pid, 'SIGTERM');",
      '}',
    ];
    const folder = folderWithSubmission(inStep(change.join(' ')));
    const first = await finished(startSubmission(folder, '--max-global-steps', '500'));
    expect(first.code, first.stderr).toBe(130);
    const {code, stdout, stderr} = await finished(startSubmission(folder, '--resume', '--max-global-steps', '500'));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).notOfficialBecause).toContain(
      'eval_measurements.csv was changed while the run was under way',
    );
  });

  test('the folder of the process stays', async () => {
    const {code, stderr} = await attempt(inStep("process.chdir('/');"));
    expect([code, stderr]).toEqual([2, expect.stringContaining('a run stays in the folder that it was started in')]);
  });

  test('a result of its own is written over', async () => {
    await unmoved(
      inStep(
        `${FILES} writeFileSync(${IN}result.json', '{"official": true, "status": "target_reached"}'); void appendFileSync;`,
      ),
    );
  });

  test('a result that is changed on the way out is restored, and this is told', async () => {
    const late = [
      `${FILES} const file = ${IN}result.json';`,
      `process.on('exit', () => writeFileSync(file, '{"official": true, "status": "target_reached"}'));`,
    ];
    const {folder, code, stdout, stderr} = await attempt(inStep(`${late.join(' ')} void appendFileSync;`));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('result.json was changed after the run had ended, by its own process');
    const {wasComplete: _, ...printed} = JSON.parse(stdout);
    expect(JSON.parse(readFileSync(join(runIn(folder), 'result.json'), 'utf8'))).toEqual(printed);
  });

  test('its environment, exit code, signals and handlers change nothing', async () => {
    await unmoved(
      inStep(
        [
          'process.env.ALGOPERF_DATA_DIR = process.env.PATH = "/nowhere";',
          'process.exitCode = 7;',
          "process.on('exit', () => { process.exitCode = 9; });",
          "process.on('SIGTERM', () => {}); process.on('uncaughtException', () => {});",
          'setInterval(() => {}, 10);',
        ].join(' '),
      ),
    );
  });

  test('the environment that it changes while it is loaded is its own', async () => {
    const names = ['HOME', 'XDG_CACHE_HOME', 'ALGOPERF_DATA_DIR', 'PATH', 'TMPDIR', 'TF_NUM_INTRAOP_THREADS', 'TZ'];
    const code = `for (const name of ${JSON.stringify(names)}) process.env[name] = '/nowhere';`;
    const folder = folderWithSubmission(['type Nothing', `${code}\ntype Nothing`]);
    mkdirSync(join(folder, 'root'));
    renameSync(join(folder, 'data'), join(folder, 'root', 'mnist'));
    const words = RUN_SUBMISSION.filter((word) => !['--data-dir', 'data'].includes(word));
    const env = {ALGOPERF_DATA_DIR: join(folder, 'root')};
    const {code: exit, stdout, stderr} = await finished(start(folder, [...words, '--max-global-steps', '3'], env));
    expect(exit, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({globalStep: 3});
  });

  test('no other part of the tool asks for a variable than the one that keeps them', () => {
    const src = join(root, 'src');
    const files = readdirSync(src, {recursive: true, encoding: 'utf8'}).filter((file) => file.endsWith('.ts'));
    const asking = files.filter((file) => readFileSync(join(src, file), 'utf8').includes('process.env'));
    expect(asking).toEqual([join('support', 'environment.ts')]);
  });

  test('stdout holds the result alone, whatever else writes to it', async () => {
    const writes = [
      "process.stdout.write('JUNK');",
      "process.getBuiltinModule('fs').writeSync(1, 'JUNK');",
      "process.getBuiltinModule('child_process').execSync('echo JUNK', {stdio: 'inherit'});",
    ];
    const {code, stdout, stderr} = await attempt(inStep(writes.join(' ')));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({globalStep: 3});
    expect(stderr.match(/JUNK/g)).toHaveLength(9);
  });
});
