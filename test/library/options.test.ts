import {describe, expect, test} from 'vitest';
import * as library from '../../src/index.js';

type Options = {readonly [name: string]: unknown};

const {adamw} = library;
const adam = {b1: 0.9, b2: 0.99, weightDecay: 0};
const decay = {peak: 1, cycleSteps: 10, warmupSteps: 2};
const warmup = {peak: 1, warmupSteps: 2};
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

describe.each(Object.entries(makers))('%s', (name, options) => {
  const make = (Object.entries(library) as [string, unknown][]).find(([each]) => each === name)![1] as (
    options: unknown,
  ) => unknown;

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
  ['cautious: inner must be a gradient transformation', () => library.cautious({} as never)],
  ['masked: mask is missing; it must be a function', () => library.masked(adamw(adam), undefined as never)],
  ['scheduleFree: base is missing', () => library.scheduleFree(undefined as never, {b1: 0.9})],
  ['scheduleFree: b1 is missing', () => library.scheduleFree(adamw(adam), undefined as never)],
])('%s', (message, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});
