import {describe, expect, test} from 'vitest';
import * as library from '../../src/index.js';

type Options = {readonly [name: string]: unknown};

const {adamw} = library;
const adam = {b1: 0.9, b2: 0.99, weightDecay: 0};
const decay = {peak: 1, cycleSteps: 10, warmupSteps: 2};
const warmup = {peak: 1, warmupSteps: 2};
const queue = {source: {size: 4, read: () => ({})}, batchSize: 2, key: [0, 1] as const};
const step = {workload: {modelFn() {}, lossFn() {}, paramTypes: {}}, optimizer: adamw(adam)};

/** Functions that take options, with options that they need. */
const makers: {readonly [name in keyof typeof library]?: Options} = {
  adafactor: {b1: 0.9, weightDecay: 0},
  adamw: adam,
  ademamix: {...adam, b3: 0.99, alpha: 1},
  cautiousNadamw: adam,
  correctRmsBias: {decay: 0.9},
  ema: {decay: 0.9},
  lamb: adam,
  lion: adam,
  muon: {adam},
  nadamw: adam,
  sam: {rho: 0.1, inner: adamw(adam)},
  scaleByAdam: {b1: 0.9, b2: 0.9},
  scaleByAdemamix: {b1: 0.9, b2: 0.9, b3: 0.9, alpha: 1},
  scaleByFactoredRms: {b2: 0.9},
  scaleByLion: {b1: 0.9, b2: 0.9},
  scaleByMuon: {},
  scaleByRms: {decay: 0.9},
  scaleBySoap: {b1: 0.9, b2: 0.9},
  scheduleFreeAdamw: adam,
  sgd: {weightDecay: 0},
  shampoo: adam,
  singleWorkerDiloco: {inner: adamw(adam), syncSteps: 1, outerLearningRate: 1, outerMomentum: 0},
  soap: adam,
  trace: {decay: 0.9},
  constantDecay: decay,
  cosineDecay: decay,
  exponentialDecay: decay,
  geometricDecay: decay,
  inverseSqrtDecay: decay,
  linearDecay: decay,
  oneCycle: decay,
  polynomialDecay: decay,
  sgdr: decay,
  stableDecay: decay,
  cosineWarmup: warmup,
  exponentialWarmup: warmup,
  linearWarmup: warmup,
  noWarmup: {...warmup, warmupSteps: 0},
  polynomialWarmup: warmup,
  gradientStep: step,
  gradientSteps: step,
};

function functionNamed(name: string): (...words: unknown[]) => unknown {
  return (Object.entries(library) as [string, never][]).find(([each]) => each === name)![1];
}

describe.each(Object.entries(makers))('%s', (name, options) => {
  const make = functionNamed(name);

  test('takes its options', () => {
    expect(make(options)).toBeTruthy();
  });

  test('refuses an option that it has not, by name', () => {
    expect(() => make({...options, wieghtDecay: 1})).toThrow(RangeError);
    expect(() => make({...options, wieghtDecay: 1})).toThrow(`${name}: there is no option \`wieghtDecay\``);
  });

  test.each(Object.keys(options!))('says that %s is missing, or wrong', (option) => {
    const {[option]: _, ...others} = options!;
    expect(() => make(others)).toThrow(`${name}: ${option} is missing; it must be `);
    expect(() => make({...options, [option]: 'a word'})).toThrow(`${name}: ${option} must be `);
  });

  test('says what is missing where it is given nothing', () => {
    const call = () => make(undefined);
    if (Object.keys(options!).length === 0) return void expect(call()).toBeTruthy();
    expect(call).toThrow(RangeError);
    expect(call).toThrow(`${name}: ${Object.keys(options!)[0]} is missing`);
  });
});

test.each<[string, () => unknown]>([
  ['addDecayedWeights: weightDecay is missing', () => library.addDecayedWeights(undefined as never)],
  ['addDecayedWeights: mask must be a function, got true', () => library.addDecayedWeights(0, true as never)],
  ['subtractDecayedWeights: weightDecay must be a number', () => library.subtractDecayedWeights('0' as never)],
  ['scale: factor must be a number, got "2"', () => library.scale('2' as never)],
  ['clipByBlockRms: threshold must be a number above 0, got 0', () => library.clipByBlockRms(0)],
  [
    'chain: links[1] must be a gradient transformation, got a function',
    () => library.chain(adamw(adam), adamw as never),
  ],
  ['isOfType: types[1] must be one of weight, bias,', () => library.isOfType('bias', 'kernel' as never)],
  [
    'chain: links[1].resets.mu must be one of scale, keep, init, got "foo"',
    () => library.chain(adamw(adam), {...library.scale(1), resets: {mu: 'foo' as never}}),
  ],
  ['namedOptimizer: there is no option `foo`', () => library.namedOptimizer({foo: 1} as never)],
  ['mean: name must be a string, got 3', () => library.mean(3 as never)],
  ['mean: there is no option `off`', () => library.mean('x', {off: 'y'} as never)],
  ['mean: the options must be an object with the keys of, per, got null', () => library.mean('x', null as never)],
  ['perplexity: of must be a string, got 1', () => library.perplexity('x', {of: 1 as never})],
  ['bitsPerToken: there is no option `foo`', () => library.bitsPerToken('x', {foo: 1} as never)],
  ['bleu: there is no option `foo`', () => library.bleu('x', {foo: 1} as never)],
  ['accuracy: name must be a string', () => library.accuracy({} as never)],
  ['meanAveragePrecision: there is no option `foo`', () => library.meanAveragePrecision('x', {foo: 1} as never)],
  [
    'threadSource: fields is missing; it must be an object of fields {shape, dtype}',
    () => library.threadSource({size: 3} as never),
  ],
  [
    'createInputQueue: source is missing; it must be a source {size, read}',
    () => library.createInputQueue({} as never),
  ],
  [
    'createInputQueue: position must be an integer of at least 0, got -3',
    () => library.createInputQueue({...queue, position: -3}),
  ],
  [
    'createInputQueue: key must be a key, two integers in [0, 2^32), got a list',
    () => library.createInputQueue({...queue, key: [1] as never}),
  ],
  ['evaluationBatches: source is missing', () => library.evaluationBatches({} as never)],
  ['key must be two integers in [0, 2^32), got [0]', () => library.permutation(10, [0] as never).slice(0, 1)],
  ['key must be two integers in [0, 2^32), got "k"', () => library.normal('k' as never, [3])],
  ['key must be two integers in [0, 2^32), got [1.5, -2]', () => library.foldIn([1.5, -2], 3)],
  ['cautious: inner must be a gradient transformation', () => library.cautious({} as never)],
  ['masked: mask is missing; it must be a function', () => library.masked(adamw(adam), undefined as never)],
  ['scheduleFree: base is missing', () => library.scheduleFree(undefined as never, {b1: 0.9})],
  ['scheduleFree: b1 is missing', () => library.scheduleFree(adamw(adam), undefined as never)],
])('%s', (message, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});

test.each<[string, () => Promise<unknown>]>([
  ['recordSource: files is missing; it must be a list of strings', () => library.recordSource({} as never)],
  ['packedRecordSource: packing is missing; it must be a function', () => library.packedRecordSource({} as never)],
  ['--backend: must be the name of an engine, found undefined', () => library.openEngine(undefined as never)],
])('%s', async (message, call) => {
  await expect(call()).rejects.toThrow(message);
});

test.each([3, {}, {scale: 1, offset: Number.NaN}])('a `scaling` that is %o is refused', (scaling) => {
  const inputs = {shape: [1], dtype: 'uint8', data: new Uint8Array(1), scaling: scaling as never} as const;
  expect(() => library.arraySource({inputs})).toThrow("the `scaling` of field 'inputs' has to be {scale, offset}");
});

const run = {workload: 'mnist'};
const folder = 'no/folder';

test.each<[string, () => Promise<unknown>]>([
  [
    'train: workload is missing; it must be a name, the path of a .ts or .js file, or a workload',
    () => wrong('train', {}),
  ],
  ['train: workload is missing', () => wrong('train', undefined)],
  ['train: there is no option `confirm`', () => wrong('train', {...run, confirm() {}})],
  ['tune: there is no option `numTrials`; there are: ', () => wrong('tune', {...run, numTrials: 2})],
  ['tune: numStudies must be an integer of at least 1, got 0', () => wrong('tune', {...run, numStudies: 0})],
  ['tune: there is no option `trial`', () => wrong('tune', {...run, trial: 2})],
  ['loadConfig: there is no option `confg`; did you mean `config`?', () => wrong('loadConfig', {...run, confg: 'a'})],
  ['openRuntime: workload is missing', () => wrong('openRuntime', undefined, 8)],
  ['openRuntime: batchSize must be an integer of at least 1, got 0', () => wrong('openRuntime', run, 0)],
  [
    'openRuntime: its second argument, the batch size of the training steps, is missing',
    () => wrong('openRuntime', run),
  ],
  ['openRuntime: there is no option `dataDri`; did you mean', () => wrong('openRuntime', {...run, dataDri: 'a'}, 8)],
  [
    'openRuntime: there is no option `batchSize`; there are: workload,',
    () => wrong('openRuntime', {...run, batchSize: 7}, 8),
  ],
  ['closeRuntime: runtime is missing; it must be what openRuntime gives', () => wrong('closeRuntime')],
  ['closeRuntime: runtime must be what openRuntime gives', () => wrong('closeRuntime', {})],
  ['train: runtime must be what openRuntime gives, got an object', () => wrong('train', {...run, runtime: {}})],
  ['train: there is no option `tuning`', () => wrong('train', {...run, tuning: {ruleset: 'self'}})],
  ['listRuns: experimentDir must be a string, got 3', () => wrong('listRuns', 3)],
  [
    'listRuns: the options must be an object with the keys where, sort, got null',
    () => wrong('listRuns', folder, null),
  ],
  [
    'listRuns: there is no option `experimentDir`; there are: where, sort',
    () => wrong('listRuns', folder, {experimentDir: 'a'}),
  ],
  ['exportRuns: the options are missing', () => wrong('exportRuns')],
  ['score: there is no option `includes`; did you mean `include`?', () => wrong('score', {includes: []})],
  ['score: by must be one of time, steps, got "step"', () => wrong('score', {by: 'step'})],
  ['score: intervals.level must be a number in (0, 1), got 95', () => wrong('score', {intervals: {level: 95}})],
  ['score: relax must be a list of pairs of a name and a fraction, got "a=1"', () => wrong('score', {relax: 'a=1'})],
  ['exportRuns: there is no option `cvs`; did you mean `csv`?', () => wrong('exportRuns', {cvs: 'a.csv'})],
  ['listRuns: there is no option `were`; did you mean `where`?', () => wrong('listRuns', 'experiments', {were: ''})],
  ['checkSubmission: submission is missing', () => wrong('checkSubmission', {})],
  [
    'checkSubmission: problems[0] must be one of digits',
    () => wrong('checkSubmission', {submission: 'a', problems: ['x']}),
  ],
  ['verifyRun: path is missing', () => wrong('verifyRun')],
  ...['verifyRun', 'evaluateRun', 'sampleRun'].flatMap((name): [string, () => Promise<unknown>][] => [
    [
      `${name}: there is no option \`path\`; there are: workload,`,
      () => wrong(name as 'verifyRun', folder, {path: 'b'}),
    ],
    [`${name}: the options must be an object with the keys workload,`, () => wrong(name as 'verifyRun', folder, null)],
  ]),
  ['verifyRun: there is no option `checkpoint`', () => wrong('verifyRun', folder, {checkpoint: 'best'})],
  ['evaluateRun: checkpoint must be', () => wrong('evaluateRun', folder, {checkpoint: 'worst'})],
  [
    'evaluateRun: there is no option `split`; did you mean `splits`?',
    () => wrong('evaluateRun', folder, {split: 'test'}),
  ],
  ['sampleRun: tokens must be an integer of at least 1, got 0', () => wrong('sampleRun', folder, {tokens: 0})],
])('%s', async (message, call) => {
  const error = await call().then(String, (reason) => reason);
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toContain(message);
});

test.each([undefined, 3])('loadWorkload(%s) is refused by name', async (given) => {
  await expect(library.loadWorkload(given as never)).rejects.toThrow(
    new library.UserError(`--workload: must be a name, or the path of a .ts or .js file; found ${given}`),
  );
});

async function wrong(name: keyof typeof library, ...words: unknown[]): Promise<unknown> {
  return functionNamed(name)(...words);
}
