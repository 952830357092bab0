import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import {cli, type Finished, filesBelow, temporaryFolder, testBackend, writeConfig} from '../helpers/cli.js';
import {writeSmallMnist} from '../helpers/idx.js';
import {WHOLE} from '../helpers/submission.js';
import {warmTool} from '../helpers/warm-tool.js';

const warm = warmTool();

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  writeConfig(folder, 'evaluation: {every_steps: 100}\n');
  mkdirSync(join(folder, 'data'));
  writeSmallMnist(join(folder, 'data'));
});

function submission([from, to]: readonly [from: string, to: string]): string {
  expect(WHOLE).toContain(from);
  const text = WHOLE.replace(from, () => to);
  writeFileSync(join(folder, 'mine.ts'), text);
  return text;
}

const COMMON = ['--workload', 'mnist', '--config', 'small.yaml', '--submission', './mine.ts'];

const RUN_IT = [
  ...['run', ...COMMON, '--data-dir', 'data', '--backend', testBackend, '--quiet', '--json', '--experiment-name', 'a'],
];

const SHORT = ['--max-global-steps', '5'];

/** Runs it in a process of its own. */
function run(...further: string[]): Promise<Finished> {
  return cli(folder, [...RUN_IT, ...(further.length > 0 ? further : SHORT)]);
}

/** Runs it, where a process of its own would show nothing more. */
const runWarm = (): Promise<Finished> => warm(folder, [...RUN_IT, ...SHORT]);

/** What TensorFlow itself prints when it is loaded is no word of ours. */
const told = ({stderr}: Finished): string =>
  stderr
    .split('\n')
    .filter((line) => !/absl::|oneDNN/.test(line))
    .join('\n');

/** Exit code 2, nothing on stdout, no line of the tool's own code; the run has failed, and is let go. */
async function refused(
  change: readonly [string, string],
  how: () => Promise<Finished> = runWarm,
): Promise<{stderr: string; text: string}> {
  const text = submission(change);
  const finished = await how();
  const stderr = told(finished);
  expect([finished.code, finished.stdout], stderr).toEqual([2, '']);
  expect(stderr).toMatch(/^\.\/mine\.ts[: ]/);
  for (const line of stderr.split('\n').filter((each) => /^\s+at /.test(each))) expect(line).toContain('/mine.ts:');
  const path = join(folder, 'experiments', 'a', 'mnist_tfjs', 'trial_1');
  expect(existsSync(join(path, 'LOCK'))).toBe(false);
  expect(JSON.parse(readFileSync(join(path, 'result.json'), 'utf8'))).toMatchObject({status: 'failed'});
  return {stderr, text};
}

const INIT = 'init: {}';
const SAVE = 'save: () => null';
const RETURN = 'return {};';
const STEP = '({state, outputs: {}})';
const RUN = "program.run('step', {batch})";
const recording = (drawing: string) => ['  return {init', `  recorder.schedule(${drawing});\n  return {init`] as const;

describe('what a function gives is reported with its name and what is allowed', () => {
  test.each<[string, readonly [string, string], string]>([
    ['a loss', [RETURN, "return {loss: () => 'x'};"], 'loss must give a number at once, found "x"'],
    ['an async loss', [RETURN, 'return {loss: async () => 1};'], 'loss must give a number at once, found a promise'],
    ['a note', [SAVE, `${SAVE}, describe: () => 3`], 'describe must give a string, found 3'],
    ['a note at once', [SAVE, `${SAVE}, describe: 'x'`], 'describe must be a function that gives a string'],
    ['a Map for a tree', [INIT, 'init: new Map()'], 'init of initOptimizerState must be an array {shape, dtype, data}'],
    ['a string for an array', [INIT, "init: {a: 'x'}"], 'init/a of initOptimizerState must be an array'],
    ['a function for an array', [INIT, 'init: {a: {b: () => 3}}'], 'init/a/b of initOptimizerState must be an array'],
    [
      'an array of another size',
      [INIT, "init: {a: {shape: [2, 2], dtype: 'float32', data: new Float32Array(3)}}"],
      'its shape [2, 2] takes 4 values, found 3',
    ],
    [
      'an array of another type',
      [INIT, "init: {a: {shape: [3], dtype: 'float32', data: [1, 2, 3]}}"],
      'its data must be a Float32Array, found a list',
    ],
    [
      'a tree that leads into itself',
      ['return {init: {}', 'const tree: any = {};\n  tree.again = tree;\n  return {init: tree'],
      'init/again of initOptimizerState refers back to an object that contains it',
    ],
    [
      'no entries',
      ['entries: {step}', 'entrys: {step}'],
      'entries: functions by name, save: function}, found {init: an object, entries: undefined, save: a function}',
    ],
    ['parameters to evaluate that are no function', [SAVE, `${SAVE}, evalParams: {}`], 'evalParams must be a function'],
    [
      'no parameters to evaluate',
      [SAVE, `${SAVE}, evalParams: () => undefined`],
      'evalParams must give a tree of tensors, found undefined',
    ],
    [
      'other parameters to evaluate',
      [SAVE, `${SAVE}, evalParams: (_, {dense0}) => ({dense0})`],
      "evalParams must give a tree with the parameters' structure: trees differ in structure at '(root)': missing 'dense1'",
    ],
    [
      'parameters to evaluate of another shape',
      [SAVE, `${SAVE}, evalParams: (_, params) => ({...params, dense0: {...params.dense0, bias: tf.scalar(1)}})`],
      "evalParams must give 'dense0/bias' as float32 [128], found float32 []",
    ],
    ['steps as a string', [SAVE, `${SAVE}, totalSteps: '5'`], 'left out; found "5"'],
    [
      'a string for an end',
      [RETURN, "return {trainingComplete: 'yes'};"],
      'trainingComplete must be true or false, found "yes"',
    ],
    [
      'a number for a result',
      [RETURN, 'return 3;'],
      'updateParams must return nothing or {loss, learningRate, trainingComplete}, found 3',
    ],
    ['NaN for a rate', [RETURN, 'return {learningRate: NaN};'], 'learningRate must be a finite number, found NaN'],
    [
      'no batch',
      ['=> inputQueue.next()', '=> undefined'],
      'dataSelection must give a batch: arrays by field; found undefined',
    ],
    ['an empty batch', ['=> inputQueue.next()', '=> ({})'], 'arrays by field; found no field'],
    [
      'an empty batch, later',
      ['({inputQueue}) => inputQueue.next()', 'async () => ({})'],
      'arrays by field; found no field',
    ],
    ['a function to save', [SAVE, 'save: () => () => 1'], 'save() must be plain data'],
    [
      'undefined to save',
      [SAVE, 'save: () => undefined'],
      'save() must be plain data: null, true, false, finite numbers, strings, and lists and plain objects of them; found undefined',
    ],
    ['a Map to save', [SAVE, 'save: () => ({a: new Map()})'], 'save().a must be plain data'],
    ['NaN to save', [SAVE, 'save: () => ({a: [1, {b: NaN}]})'], 'save().a[1].b must be plain data'],
    ['a Date to save', [SAVE, 'save: () => new Date()'], 'found a Date'],
    ['a promise to save', [SAVE, 'save: async () => 1'], 'found a promise'],
    ['a hole to save', [SAVE, 'save: () => [1, , 2]'], 'save()[1] must be plain data'],
    ['a BigInt to save', [SAVE, 'save: () => 10n'], 'found 10n'],
    [
      'the learning rate by another name',
      [RETURN, 'return {rate: 0.1};'],
      'what updateParams returns: the learning rate is named `learningRate`, found `rate`',
    ],
    [
      'a learning rate to draw by another name',
      recording('{rate: () => 1, totalSteps: 9, cycles: []}'),
      'recorder.schedule: the learning rate is named `learningRate`, found `rate`',
    ],
    [
      'a rate to draw',
      recording('{learningRate: 3, totalSteps: 9, cycles: []}'),
      'learningRate must be a function of the step, found 3',
    ],
    [
      'a rate of NaN to draw',
      recording('{learningRate: () => NaN, totalSteps: 9, cycles: []}'),
      'learningRate(0) must be a finite number, found NaN',
    ],
    [
      'no cycles to draw',
      recording('{learningRate: () => 1, totalSteps: 9}'),
      'cycles must be a list of {start, end, label}, found undefined',
    ],
  ])('%s', async (_, change, message) => {
    expect((await refused(change)).stderr).toContain(message);
  });

  test('something thrown that is no error', async () => {
    expect((await refused([RETURN, 'throw Object.create(null);'])).stderr).toContain(
      'updateParams failed: it throws an object',
    );
  });

  test('a later check of the config', async () => {
    submission(['export const getBatchSize', 'export const checkConfig = async () => [];\nexport const getBatchSize']);
    expect((await runWarm()).stderr).toContain(
      './mine.ts: checkConfig must return a list of {path, message}, at once; found a promise',
    );
  });

  test('keys without a value may be saved, and a frozen state may save', async () => {
    const saved = '{best: undefined, list: [1, [true]]}';
    submission([
      `return {init: {}, entries: {step}, ${SAVE}}`,
      `return Object.freeze({init: {}, entries: {step}, save: () => (${saved})})`,
    ]);
    const {code, stderr} = await runWarm();
    expect(code, stderr).toBe(0);
  });
});

describe('what an entry gives is reported with its name, and the line that runs it', () => {
  test.each<[string, readonly [string, string], string]>([
    [
      'another structure',
      [STEP, '({state: {...state, params: {dense0: state.params.dense0, more: 1}}, outputs: {}})'],
      "entry 'step' gives another state than it got: trees differ in structure at 'params': missing 'dense1', unexpected 'more'",
    ],
    [
      'another shape',
      [
        STEP,
        '({state: {...state, params: {...state.params, dense0: {...state.params.dense0, kernel: tf.scalar(1)}}}, outputs: {}})',
      ],
      "entry 'step' gives 'params/dense0/kernel' as float32 []; it is float32 [784, 128]",
    ],
    ['no state', [STEP, '({outputs: {}})'], "entry 'step' must return {state, outputs}; it gives state as undefined"],
    ['a promise', ['(state) =>', 'async (state) =>'], "entry 'step' is an async function"],
    ['a string for an output', [STEP, "({state, outputs: {loss: 'x'}})"], "entry 'step' gives output 'loss' as \"x\""],
    [
      'a string for an input',
      [RUN, "program.run('step', {batch: {inputs: 'x'}})"],
      "input 'batch/inputs' must be a number, an array",
    ],
    [
      'a Map for an input',
      [RUN, "program.run('step', {batch: new Map()})"],
      "input 'batch' must be a number, an array",
    ],
  ])('%s', async (_, change, message) => {
    const {stderr, text} = await refused(change);
    expect(stderr).toContain(`./mine.ts:${lineOf(text, 'program.run')}:11: ${message}`);
  });
});

describe('what is thrown is reported with lines of the user alone, the innermost first', () => {
  test.each<[string, readonly [string, string], string, string]>([
    ['in a step', [RETURN, "throw new Error('oh');"], 'updateParams failed: Error: oh', 'throw new'],
    [
      'by an operation',
      [STEP, '({state, outputs: {y: tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]))}})'],
      'updateParams failed: ',
      'const step',
    ],
    [
      'by a rate that is drawn',
      recording("{learningRate() {\n throw new Error('oh'); }, totalSteps: 9, cycles: []}"),
      'recorder.schedule: learningRate(0) failed: Error: oh',
      'throw new',
    ],
    [
      'in a promise that is not awaited',
      [RETURN, "Promise.reject(new Error('oh'));"],
      'uncaught error: Error: oh',
      'Promise.reject',
    ],
    [
      'by a timer',
      [RETURN, "setTimeout(() => {\n throw new Error('oh'); });"],
      'uncaught error: Error: oh',
      'throw new',
    ],
    [
      'before the first step',
      ['  return {init', "  Promise.reject(new Error('oh'));\n  return {init"],
      'uncaught error: Error: oh',
      'Promise.reject',
    ],
  ])('%s', async (_, change, message, at) => {
    const {stderr, text} = await refused(change, message.includes('uncaught error') ? run : runWarm);
    expect(stderr).toContain(`./mine.ts: ${message}`);
    const first = stderr.split('\n').find((line) => /^\s+at /.test(line));
    expect(first).toContain(`/mine.ts:${lineOf(text, at)}:`);
  });
});

describe('the process does not end unnoticed', () => {
  const UPDATE = 'export function updateParams({program, batch}) {';
  const IN_LAST_STEP = [UPDATE, `let calls = 0;\n${UPDATE}\n  if (++calls === 5) Promise.reject(3);`] as const;

  test.each<[string, readonly [string, string], string]>([
    ['by a promise that never settles', [RETURN, 'return new Promise(() => {});'], 'never settles'],
    ['by process.exit', [RETURN, 'process.exit(0);'], 'process.exit was called with 0'],
    ['by what is no error', [RETURN, 'Promise.reject(3);'], 'uncaught error: 3'],
    ['by what the last step began', IN_LAST_STEP, 'uncaught error: 3'],
  ])('%s', async (_, change, message) => {
    expect((await refused(change, run)).stderr).toContain(message);
  });

  test('as long as it is loaded, either', async () => {
    submission(['export const getBatchSize', 'process.exit(0);\nexport const getBatchSize']);
    for (const words of [
      ['config', 'check', 'small.yaml', '--submission', './mine.ts'],
      ['plot', ...COMMON],
    ]) {
      const {code, stderr} = await cli(folder, words);
      expect([code, stderr]).toEqual([2, expect.stringContaining('./mine.ts: process.exit was called with 0')]);
    }
  });
});

test('a run ends though its submission left a timer running', async () => {
  submission([RETURN, 'setInterval(() => {}, 1000);']);
  const {code, stdout, stderr} = await run();
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({status: 'stopped', globalStep: 5});
});

test.each([
  ['3', 'learningRate must be a function of the step, found 3', []],
  ['() => NaN', 'learningRate(0) must be a finite number, found NaN', []],
  ['(step) => (step < 5 ? 1 : NaN)', 'learningRate(5) must be a finite number, found NaN', ['--values']],
])('plot refuses a rate %s', async (rate, message, words) => {
  submission(recording(`{learningRate: ${rate}, totalSteps: 9, cycles: []}`) as [string, string]);
  const {code, stderr, stdout} = await warm(folder, ['plot', ...COMMON, ...words]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stdout).not.toContain('NaN');
  expect(filesBelow(folder).filter((file) => file.startsWith('lr-schedule'))).toEqual([]);
});

test('what a submission prints goes to stderr', async () => {
  submission([RETURN, "console.log('from the step');"]);
  const {code, stdout, stderr} = await run('--max-global-steps', '2');
  expect([code, JSON.parse(stdout).globalStep]).toEqual([0, 2]);
  expect(stderr.match(/from the step/g)).toHaveLength(2);
});

test('a run whose steps leak tensors warns once', async () => {
  submission([RETURN, 'tf.add(tf.scalar(1), 1);\n  return {};']);
  const {code, stderr} = await run('--max-global-steps', '600');
  expect(code, stderr).toBe(0);
  const told = 'each step leaks about 2 tensors, which will fill the memory; `algoperf-ts submissions check ./mine.ts`';
  expect(stderr.split(told)).toHaveLength(2);
  const events = readFileSync(join(folder, 'experiments/a/mnist_tfjs/trial_1/events.jsonl'), 'utf8');
  expect(events.split('"tensor_leak"')).toHaveLength(2);
});
