import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {EVENTS} from '../../src/runs/index.js';
import {allRefused, attempt, inInit, inStep, RETURN, refused, thrownBy, unmoved} from '../helpers/attempts.js';
import {type Change, runIn} from '../helpers/submission.js';

const UPDATE: Change = ['updateParams({program, batch})', 'updateParams(context)'];
const RUN: Change = ["program.run('step', {batch})", "context.program.run('step', {batch: context.batch})"];

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
