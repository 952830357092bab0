import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {SubmissionReport} from '../../src/checking/index.js';
import {temporaryFolder, testBackend} from '../helpers/cli.js';
import {type Change, changed} from '../helpers/submission.js';
import {warmTool} from '../helpers/warm-tool.js';

const tool = warmTool();

/** SGD with momentum, whose rate goes by a count of its own; passes every check. */
const TRAINS = `import {lossAndGradients, mapTree, tf, zipTrees} from 'algoperf-ts';

type Nothing = never;

export const getBatchSize = (workload) => workload.batchSize;
export const dataSelection = ({inputQueue}) => inputQueue.next();
export function initOptimizerState({workload, model, recorder, saved}) {
  const totalSteps = workload.budget.stepHint;
  const step = (state, {batch, learningRate}) => {
    const {aux, gradients} = lossAndGradients((params) => {
      const {logits, modelState} = workload.modelFn(params, batch, state.modelState, {mode: 'train'});
      const {summed, nValidExamples} = workload.lossFn({logits, batch});
      return {loss: tf.div(summed, nValidExamples), aux: modelState};
    }, state.params);
    const optimizer = zipTrees(state.optimizer, gradients, (m, g) => tf.add(tf.mul(m, 0.9), g));
    const params = zipTrees(state.params, optimizer, (p, m) => tf.sub(p, tf.mul(m, learningRate)));
    return {state: {params, modelState: aux, optimizer}, outputs: {}};
  };
  const init = mapTree(model.params, ({shape, data}) => ({shape, dtype: 'float32', data: new Float32Array(data.length)}));
  const state = {count: saved?.count ?? 0, init, entries: {step}, save: () => ({count: state.count}), totalSteps};
  return state;
}
export function updateParams({program, optimizerState, batch, globalStep}) {
  optimizerState.count += 1;
  const learningRate = 0.1 / optimizerState.count;
  program.run('step', {batch, learningRate});
  return {learningRate, trainingComplete: globalStep + 1 === optimizerState.totalSteps};
}
`;

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
});

async function check(
  changes: readonly Change[],
  ...further: string[]
): Promise<{report: SubmissionReport; text: string}> {
  const text = changes.reduce(changed, TRAINS);
  writeFileSync(join(folder, 'mine.ts'), text);
  const words = ['submissions', 'check', './mine.ts', '--json', '--backend', testBackend, ...further];
  const {code, stdout, stderr} = await tool(folder, words);
  expect(stdout, stderr).not.toBe('');
  const report: SubmissionReport = JSON.parse(stdout);
  expect([code, report.passed], stderr).toEqual(report.findings.length > 0 ? [2, false] : [0, true]);
  return {report, text};
}

const one = ['--problem', 'batch-norm'];

test('the submission that these are made from passes', async () => {
  const {report} = await check([]);
  expect(report.findings).toEqual([]);
  expect(report.checks.map(({passed}) => passed)).toEqual(report.checks.map(() => true));
});

const COUNT = 'optimizerState.count += 1;';
const RUN = "  program.run('step', {batch, learningRate});";
const RATE = '0.1 / optimizerState.count;';
const INIT = '  const totalSteps = workload.budget.stepHint;';
const UPDATE = 'export function updateParams({program, optimizerState, batch, globalStep}) {';
const inInit = (code: string): Change => [INIT, `  ${code}\n${INIT}`];
const inStep = (code: string): Change => [RUN, `  ${code}\n${RUN}`];
const more = (code: string): Change => ['type Nothing', `${code}\ntype Nothing`];

interface Bad {
  readonly what: string;
  readonly changes: readonly Change[];
  readonly check: string;
  readonly message: string;
  readonly advice: string;
  /** On whose line it is found; absent: in none. */
  readonly at?: string;
  /** The engine that shows it; default: any. */
  readonly backend?: string;
}

const bad: readonly Bad[] = [
  {
    what: 'a function is missing',
    changes: [['export const getBatchSize', 'export const getBatchsize']],
    check: 'loads',
    message: "must export a function 'getBatchSize'; it exports 'getBatchsize'",
    advice: 'Correct what the message names',
  },
  {
    what: 'it is no TypeScript',
    changes: [['type Nothing = never', 'type Nothing = = never']],
    check: 'loads',
    message: 'Unexpected',
    advice: 'Correct what the message names',
    at: 'type Nothing',
  },
  {
    what: 'a default export',
    changes: [['export const getBatchSize', 'export default 1;\nconst other']],
    check: 'loads',
    message: "must export a function 'getBatchSize' by its name; what its default export holds is not read",
    advice: 'Correct what the message names',
  },
  {
    what: 'a module that is not there',
    changes: [more("import './none.js';")],
    check: 'loads',
    message: 'Cannot find module',
    advice: 'Correct what the message names',
    at: './none.js',
  },
  {
    what: 'it throws as it is loaded',
    changes: [more("throw new Error('oh');")],
    check: 'loads',
    message: 'Error: oh',
    advice: 'Correct what the message names',
    at: "throw new Error('oh')",
  },
  {
    what: 'it throws in a step',
    changes: [inStep("if (globalStep === 5) throw new Error('oh');")],
    check: 'runs',
    message: 'updateParams failed: Error: oh',
    advice: 'Correct the code that throws',
    at: "throw new Error('oh')",
  },
  {
    what: 'an entry gives another shape',
    changes: [['(m, g) => tf.add(tf.mul(m, 0.9), g)', '(m, g) => tf.sum(g)']],
    check: 'runs',
    message: "entry 'step' gives 'optimizer/",
    advice: 'Return what the message asks for',
    at: "program.run('step'",
  },
  {
    what: 'an entry gives another dtype',
    changes: [
      ['modelState: aux, optimizer}', "modelState: aux, optimizer: mapTree(optimizer, (m) => tf.cast(m, 'int32'))}"],
    ],
    check: 'runs',
    message: "gives 'optimizer/",
    advice: 'Return what the message asks for',
    at: "program.run('step'",
  },
  {
    what: 'save gives what JSON has no form for',
    changes: [['save: () => ({count: state.count})', 'save: () => new Map()']],
    check: 'runs',
    message: 'save() must be plain data',
    advice: 'Return what the message asks for',
    at: 'const state = {',
  },
  {
    what: 'a result of another kind',
    changes: [['return {learningRate,', 'return {learningRate: "0.1",']],
    check: 'runs',
    message: 'as learningRate must be a finite number, found "0.1"',
    advice: 'Return what the message asks for',
    at: 'export function updateParams',
  },
  {
    what: 'it changes the workload',
    changes: [inInit('workload.budget.stepHint = 1;')],
    check: 'runs',
    message: 'is read-only',
    advice: 'Copy it before changing it',
    at: 'workload.budget.stepHint = 1',
  },
  {
    what: 'it changes the workload itself',
    changes: [inInit('workload.batchSize = 1;')],
    check: 'runs',
    message: 'is read-only',
    advice: 'Copy it before changing it',
    at: 'workload.batchSize = 1',
  },
  {
    what: 'it changes the batch',
    changes: [inStep('batch.inputs.shape = [1];')],
    check: 'runs',
    message: 'is read-only',
    advice: 'Copy it before changing it',
    at: 'batch.inputs.shape',
  },
  {
    what: 'a batch of one size for every workload',
    changes: [['workload.batchSize;', '4096;']],
    check: 'runs',
    message: 'getBatchSize must be an integer from 1 to the 512 training examples, got 4096',
    advice: 'workload.batchSize',
    at: 'export const getBatchSize',
  },
  {
    what: 'it leaves tensors on the host',
    changes: [inStep('tf.add(tf.scalar(1), 1);')],
    check: 'tensors',
    message: 'each step leaks 2 tensors',
    advice: 'tf.tidy',
    at: 'tf.add(tf.scalar(1), 1)',
  },
  {
    what: 'what steps go by is not saved',
    changes: [['save: () => ({count: state.count})', 'save: () => null']],
    check: 'resumes',
    message: 'a run resumed from the checkpoint after step 12 differs',
    advice: '`save()`',
    at: 'save: () => null',
  },
  {
    what: 'what steps go by is in a variable of the module',
    changes: [more('let count = 0;'), [COUNT, 'optimizerState.count = ++count;']],
    check: 'resumes',
    message: 'differs from an uninterrupted one',
    advice: 'no state in module variables',
    at: 'save: ()',
  },
  {
    what: 'it does not go on at all',
    changes: [inInit("if (saved) throw new Error('oh');")],
    check: 'resumes',
    message: 'initOptimizerState failed: Error: oh',
    advice: '`saved`',
    at: "throw new Error('oh')",
  },
  {
    what: 'random numbers of its own',
    changes: [[RATE, '0.1 * Math.random();']],
    check: 'repeats',
    message: 'two runs from the same seed differ',
    advice: 'from `key`',
    at: 'Math.random',
  },
  {
    what: 'random numbers before the first step alone',
    changes: [['data: new Float32Array(data.length)', 'data: new Float32Array(data.length).fill(Math.random())']],
    check: 'repeats',
    message: 'two runs from the same seed differ',
    advice: 'from `key`',
    at: 'Math.random',
  },
  {
    what: 'it trains nothing',
    changes: [[RATE, '0;']],
    check: 'changes',
    message: 'no parameter changes in 24 steps',
    advice: 'a learning rate above 0',
    at: 'entries: {step}',
  },
  {
    what: 'it leaves a parameter out',
    changes: [['return {state: {params,', 'return {state: {params: {...params, dense: state.params.dense},']],
    check: 'changes',
    message: "'dense/kernel' does not change in 24 steps (and 1 more)",
    advice: 'new parameters',
    at: 'entries: {step}',
  },
  {
    what: 'it diverges',
    changes: [[RATE, '1e30;']],
    check: 'finite',
    message: 'is no longer finite',
    advice: 'learning rate',
  },
  {
    what: "it asks for the workload's name",
    changes: [inInit("if (workload.name === 'mnist') tf.add(1, 2).dispose();")],
    check: 'workload_name',
    message: "it reads the workload's name",
    advice: '`paramTypes`',
    at: 'workload.name',
  },
  {
    what: "it takes the workload's name from a step's argument",
    changes: [inStep('const {name} = optimizerState.workload;'), ['const state = {', 'const state = {workload, ']],
    check: 'workload_name',
    message: "it reads the workload's name",
    advice: '`paramTypes`',
    at: 'const {name}',
  },
  {
    what: 'it looks at the validation split',
    changes: [
      ['export function initOptimizerState', 'export async function initOptimizerState'],
      inInit('const {train, validation} = await workload.loadData();'),
    ],
    check: 'evaluation_data',
    message: 'it reads the validation split',
    advice: '`inputQueue` only',
    at: 'await workload.loadData()',
  },
  {
    what: 'its schedule is longer than the step hint',
    changes: [[INIT, '  const totalSteps = 7813;']],
    check: 'schedule',
    message: 'the schedule has 7813 steps',
    advice: '`workload.budget.stepHint`',
    at: 'const totalSteps',
  },
  {
    what: 'it draws a schedule longer than the step hint',
    changes: [
      [
        '  return state;',
        '  recorder.schedule({learningRate: () => 1, totalSteps: 100, cycles: []});\n  return state;',
      ],
    ],
    check: 'schedule',
    message: 'the schedule has 100 steps',
    advice: '`workload.budget.stepHint`',
    at: 'const totalSteps',
  },
  {
    what: 'its schedule does not end the run',
    changes: [['globalStep + 1 === optimizerState.totalSteps', 'false']],
    check: 'schedule',
    message: 'totalSteps is 24, but step 24 does not end the run',
    advice: '`trainingComplete: ',
    at: 'trainingComplete: false',
  },
  {
    what: 'what it puts in for an evaluation stays',
    changes: [
      more(`export function prepareForEval({program}) {
  const state = program.read();
  program.write({...state, params: mapTree(state.params, (leaf) => ({...leaf, data: leaf.data.map((x) => x / 2)}))});
}`),
    ],
    check: 'evaluation_params',
    message: 'prepareForEval changes the parameters',
    advice: '`evalParams`',
    at: 'export function prepareForEval',
  },
  {
    what: 'other parameters at each evaluation',
    // In a graph the function is called once.
    backend: 'wasm',
    changes: [
      more('let factor = 1;'),
      [
        'entries: {step},',
        'entries: {step}, evalParams: (_, params) => (factor *= 2, mapTree(params, (p) => tf.mul(p, factor))),',
      ],
    ],
    check: 'evaluation_params',
    message: 'two evaluations in a row give different metrics',
    advice: 'a pure function',
    at: 'evalParams:',
  },
  {
    what: 'a disposed tensor to evaluate',
    // In a graph nothing is freed.
    backend: 'wasm',
    changes: [
      ['entries: {step},', 'entries: {step}, evalParams: (_, params) => (params.conv.kernel.dispose(), params),'],
    ],
    check: 'runs',
    message: "evalParams must give 'conv/kernel' as float32 [3, 3, 1, 4], found a disposed tensor",
    advice: 'Return what the message asks for',
    at: 'evalParams:',
  },
  {
    what: "AlgoPerf's arguments",
    changes: [[UPDATE, 'export function updateParams({program, optimizerState, batch, globalStep}, b, c, d) {']],
    check: 'parameters',
    message: 'updateParams takes 4 arguments but gets 1',
    advice: 'one object',
    at: 'export function updateParams',
  },
  {
    what: "AlgoPerf's names",
    changes: [inStep('const {rng} = arguments[0];')],
    check: 'parameters',
    message: "updateParams reads 'rng', which its argument does not have",
    advice: '`key`',
    at: 'const {rng}',
  },
  {
    what: 'a name that is nearly right',
    changes: [inStep('const {evalResult} = arguments[0];')],
    check: 'parameters',
    message: "reads 'evalResult'",
    advice: '`evalResults`',
    at: 'const {evalResult}',
  },
];

/** What else is found does not depend on the engine, and graphs take long to make. */
const onGraphs = bad.filter(({check: name}) => name === 'runs' || name === 'tensors');

describe('a submission is checked where', () => {
  test.each(testBackend === 'tensorflow' ? onGraphs : bad)(
    '$what',
    async ({changes, check: name, message, advice, at, backend = testBackend}) => {
      const {report, text} = await check(changes, ...one, '--backend', backend);
      const finding = report.findings.find(({check}) => check === name);
      expect(finding, JSON.stringify(report.findings)).toBeDefined();
      expect(finding!.message).toContain(message);
      expect(finding!.advice).toContain(advice);
      expect(finding!.file).toBe('./mine.ts');
      expect(finding!.line).toBe(at && lineOf(text, at));
      expect(report.findings.map(({check}) => check)).toEqual([name]);
    },
  );
});

test('a loss computed with NaN targets is found on the problem that has them', async () => {
  const own: Change = [
    'const {summed, nValidExamples} = workload.lossFn({logits, batch});',
    `const tasks = logits.scores && tf.mean(tf.square(tf.sub(logits.scores, batch.targets)));
      const {summed, nValidExamples} = tasks ? {summed: tasks, nValidExamples: 1} : workload.lossFn({logits, batch});`,
  ];
  const {report} = await check([own]);
  expect(report.findings).toMatchObject([{check: 'finite', problems: ['unknown-targets']}]);
  expect(report.findings[0]!.advice).toContain('Targets may be NaN where their weight is 0');
});

test('a finding on several problems is reported once', async () => {
  const {report} = await check([inInit('console.log(workload.name);')], '--problem', 'batch-norm', 'unknown-targets');
  expect(report.findings).toMatchObject([{check: 'workload_name', problems: ['batch-norm', 'unknown-targets']}]);
});

test('copying the workload does not count as reading its name', async () => {
  const {report} = await check([inInit('const other = {...workload, hasDropout: false};')], ...one);
  expect(report.findings).toEqual([]);
});

test('each mistake of a config is a finding with its place', async () => {
  const rest = 'one_minus_beta1: 0.1, weight_decay: 0, warmup_factor: 0';
  writeFileSync(join(folder, 'c.yaml'), `hyperparameters:\n  {beta2: 3, ${rest},\n  learning_rate: -1}\n`);
  const words = ['adamw', '--config', 'c.yaml', '--json', '--backend', 'wasm'];
  const {code, stdout} = await tool(folder, ['submissions', 'check', ...words]);
  const {findings}: SubmissionReport = JSON.parse(stdout);
  expect([code, findings]).toMatchObject([
    2,
    [
      {file: 'c.yaml', line: 2, column: 11, message: 'hyperparameters.beta2: must be below 1, found 3'},
      {file: 'c.yaml', line: 3, column: 18, message: 'hyperparameters.learning_rate: must be above 0, found -1'},
    ],
  ]);
});
