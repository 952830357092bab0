import {describe, expect, test} from 'vitest';
import {
  builtInShapes,
  type CycleSpec,
  cosineDecay,
  decayOptionNames,
  geometricDecay,
  inverseSqrtDecay,
  oneCycle,
  planCycles,
  polynomialDecay,
  polynomialWarmup,
  scheduleOf,
  sgdr,
  stableDecay,
  warmupOptionNames,
} from '../../src/schedules/index.js';
import golden from '../golden/shapes.json' with {type: 'json'};

const {warmupSteps} = golden;

/** The schedule of one of the golden cases. */
function made({kind, name, peak, steps, options}: (typeof golden.cases)[number]) {
  if (kind === 'warmup') return builtInShapes.warmups[name]!({...options, peak, warmupSteps: steps});
  return builtInShapes.decays[name]!({...options, peak, warmupSteps, cycleSteps: steps + warmupSteps});
}

describe(`shapes agree with ${golden.madeBy}`, () => {
  test.each(golden.cases)('$kind $name of $steps steps, $options, by $by', (each) => {
    const rate = made(each);
    for (const [step, expected] of each.rates.entries())
      expect(Math.abs(rate(step) - expected), `step ${step}`).toBeLessThan(1e-12 * each.peak);
  });

  test('and each option of each shape is in a case', () => {
    const seen = golden.cases.flatMap(({kind, name, options}) =>
      Object.keys(options).map((option) => `${kind} ${name} ${option}`),
    );
    const all = Object.entries({warmup: warmupOptionNames, decay: decayOptionNames}).flatMap(([kind, names]) =>
      Object.entries(names).flatMap(([name, options]) => options.map((option) => `${kind} ${name} ${option}`)),
    );
    expect(new Set(seen)).toEqual(new Set(all));
  });
});

const OF_TEN = {peak: 2, cycleSteps: 12, warmupSteps: 2};

test.each([
  ['cosine', cosineDecay({...OF_TEN, endFactor: 0.25}), 0.5],
  ['polynomial', polynomialDecay({...OF_TEN, endFactor: 0.25}), 0.5],
  ['geometric', geometricDecay(OF_TEN), 0.02],
  ['stable', stableDecay({...OF_TEN, endFactor: 0.25}), 0.5],
  ['sgdr', sgdr({...OF_TEN, endFactor: 0.25}), 0.5],
  ['one_cycle', oneCycle({...OF_TEN, divFactor: 10, finalDivFactor: 10}), 0.02],
])('%s stays at its end', (_, rate, end) => {
  for (const step of [10, 11, 1000]) expect(rate(step)).toBeCloseTo(end, 14);
});

test('stable falls in the last fifth alone', () => {
  const rate = stableDecay(OF_TEN);
  expect([7, 8, 9, 10].map(rate)).toEqual([2, 2, 1, 0]);
});

test('an inverse square root follows the original transformer schedule', () => {
  const rate = inverseSqrtDecay({peak: 1, cycleSteps: 400, warmupSteps: 100});
  expect([rate(0), rate(300)]).toEqual([1, 0.5]);
});

test.each<[string, () => unknown]>([
  ['polynomialDecay: power must be a number above 0, got 0', () => polynomialDecay({...OF_TEN, power: 0})],
  [
    'polynomialWarmup: power must be a number above 0, got NaN',
    () => polynomialWarmup({peak: 1, warmupSteps: 2, power: Number.NaN}),
  ],
  ['cosineDecay: endFactor must be a number in [0, 1], got 1.5', () => cosineDecay({...OF_TEN, endFactor: 1.5})],
  ['geometricDecay: endFactor must be a number in (0, 1], got 0', () => geometricDecay({...OF_TEN, endFactor: 0})],
  [
    'polynomialDecay: decayStepsFactor must be a number in (0, 1], got 0',
    () => polynomialDecay({...OF_TEN, decayStepsFactor: 0}),
  ],
  ['inverseSqrtDecay: timescale must be a number above 0, got -1', () => inverseSqrtDecay({...OF_TEN, timescale: -1})],
  ['stableDecay: decayShare must be a number in (0, 1], got 2', () => stableDecay({...OF_TEN, decayShare: 2})],
  [
    'stableDecay: cooldown must be one of linear, sqrt, got "cosine"',
    () => stableDecay({...OF_TEN, cooldown: 'cosine' as 'sqrt'}),
  ],
  ['sgdr: periods must be an integer of at least 1, got 1.5', () => sgdr({...OF_TEN, periods: 1.5})],
  ['sgdr: growth must be a number of at least 1, got 0.5', () => sgdr({...OF_TEN, growth: 0.5})],
  ['oneCycle: pctStart must be a number in (0, 1), got 1', () => oneCycle({...OF_TEN, pctStart: 1})],
  ['oneCycle: divFactor must be a number of at least 1, got 0', () => oneCycle({...OF_TEN, divFactor: 0})],
  [
    'oneCycle: finalDivFactor must be a finite number of at least 1, got Infinity',
    () => oneCycle({...OF_TEN, finalDivFactor: 1 / 0}),
  ],
])('%s', (message, make) => expect(make).toThrow(new RangeError(message)));

test('a cycle hands its shapes their options', () => {
  const spec: CycleSpec = {
    learningRate: 1,
    warmupFactor: 0.2,
    warmupScheduleFns: ['linear', 'linear'],
    decayScheduleFns: ['constant', 'polynomial'],
    alterDecays: [0, 1],
    alterWarmups: [0, 0],
    warmupOptions: [{}, {startFactor: 0.5}],
    decayOptions: [{}, {power: 1, endFactor: 0.5}],
  };
  const plans = planCycles(spec, 20);
  expect(plans[1]).toMatchObject({warmupOptions: {startFactor: 0.5}, decayOptions: {power: 1, endFactor: 0.5}});
  const rate = scheduleOf(plans);
  expect([0, 1, 2, 10, 11, 12, 16, 20].map(rate)).toEqual([0, 0.5, 1, 1, 1.5, 2, 1.5, 1]);
  expect(() => planCycles({...spec, decayOptions: [{}]}, 20)).toThrow(
    'alter_warmups 2, warmup_options 2, decay_options 1',
  );
});
