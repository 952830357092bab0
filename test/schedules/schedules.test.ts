import {describe, expect, test} from 'vitest';
import {
  boundariesOf,
  type CycleSpec,
  constantDecay,
  cosineDecay,
  cosineWarmup,
  cycleAt,
  exponentialDecay,
  exponentialWarmup,
  joinSchedules,
  linearDecay,
  linearWarmup,
  noWarmup,
  planCycles,
  polynomialWarmup,
  problemsOf,
  replan,
  scheduleOf,
} from '../../src/schedules/index.js';
import golden from '../golden/schedules.json' with {type: 'json'};

const spec: CycleSpec = {
  learningRate: 1,
  warmupFactor: 0.1,
  warmupScheduleFns: ['linear', 'cosine', 'linear'],
  decayScheduleFns: ['cosine', 'constant', 'linear'],
  alterDecays: [0, 1, 2],
  alterWarmups: [0, 0.1, 0],
};

describe(`schedules agree with ${golden.madeBy}`, () => {
  test.each(golden.cases.map((config, i) => ({...config, name: `${i}`})))(
    'config $name',
    ({spec, budgetSteps, steps, rates}) => {
      const plans = planCycles(spec as CycleSpec, budgetSteps);
      const rate = scheduleOf(plans);
      const peak = Math.max(...plans.map((plan) => plan.peak));
      for (const [i, step] of steps.entries())
        expect(Math.abs(rate(step) - rates[i]!), `step ${step}`).toBeLessThan(1e-12 * peak);
    },
  );

  test('over every pairing of warm-up and decay', () => {
    const pairs = golden.cases.flatMap(({spec}) =>
      spec.warmupScheduleFns.map((warmup, i) => `${warmup} ${spec.decayScheduleFns[i]}`),
    );
    expect(new Set(pairs).size).toBe(16);
    expect(golden.cases).toHaveLength(40);
  });
});

describe('makers', () => {
  test('a warm-up of no steps is at its peak at once', () => {
    expect(linearWarmup({peak: 3, warmupSteps: 0})(0)).toBe(3);
    expect(noWarmup({peak: 3, warmupSteps: 0})(0)).toBe(3);
  });

  test('an exponential warm-up begins at a thousandth of its peak', () => {
    const rate = exponentialWarmup({peak: 2, warmupSteps: 10});
    expect([rate(0), rate(10), rate(11)]).toEqual([0.002, 2, 2]);
  });

  test('decays stay at their end', () => {
    expect(cosineDecay({peak: 1, cycleSteps: 10, warmupSteps: 2})(50)).toBeCloseTo(0, 15);
    expect(linearDecay({peak: 1, cycleSteps: 10, warmupSteps: 2})(50)).toBe(0);
  });

  test.each(Object.entries({cosineWarmup, exponentialWarmup, linearWarmup, noWarmup, polynomialWarmup}))(
    'a mistake is told by the name of the warm-up: %s',
    (name, make) => {
      expect(() => make({peak: 1, warmupSteps: 0.5})).toThrow(`${name}: warmupSteps must be an integer`);
    },
  );

  test.each(Object.entries({constantDecay, cosineDecay, exponentialDecay, linearDecay}))(
    'a mistake is told by the name of the decay, and a warm-up may be as long as the cycle: %s',
    (name, make) => {
      expect(() => make({peak: 1, cycleSteps: 0.5, warmupSteps: 0})).toThrow(`${name}: cycleSteps must be an integer`);
      expect(make({peak: 3, cycleSteps: 2, warmupSteps: 2})(0)).toBe(3);
    },
  );

  test('without a warm-up the rate is its peak, and there is nothing to start from', () => {
    expect(noWarmup({peak: 2, warmupSteps: 0})(0)).toBe(2);
    expect(() => noWarmup({peak: 1, warmupSteps: 0, startFactor: 0.5})).toThrow('there is no option `startFactor`');
  });

  test.each([
    [() => linearWarmup({peak: Number.NaN, warmupSteps: 1}), 'linearWarmup: peak must be a number, got NaN'],
    [
      () => linearWarmup({peak: 1, warmupSteps: -1}),
      'linearWarmup: warmupSteps must be an integer of at least 0, got -1',
    ],
    [() => noWarmup({peak: 1, warmupSteps: 2}), 'noWarmup: warmupSteps must be 0 without a warm-up, got 2'],
    [
      () => cosineDecay({peak: 1, cycleSteps: 0, warmupSteps: 0}),
      'cosineDecay: cycleSteps must be an integer of at least 1, got 0',
    ],
    [
      () => cosineDecay({peak: 1, cycleSteps: 2, warmupSteps: 3}),
      'cosineDecay: warmupSteps must be at most cycleSteps (2), got 3',
    ],
    [() => joinSchedules([() => 1, () => 2], []), '2 schedules need 1 boundaries, got 0'],
    [() => joinSchedules([() => 1, () => 2, () => 3], [5, 4]), 'boundaries must ascend from 0, got 5, 4'],
    [() => planCycles(spec, 2), "budgetSteps: 2 steps can't hold 3 cycles"],
  ])('refuse case %#', (make, message) => {
    expect(make).toThrow(new RangeError(message));
  });
});

describe('planCycles', () => {
  test('gives equal cycles floor(budget / n) steps, and the last one the remainder', () => {
    const plans = planCycles(spec, 302);
    expect(plans.map(({start, end, steps}) => [start, end, steps])).toEqual([
      [0, 100, 100],
      [100, 200, 100],
      [200, 302, 100],
    ]);
    expect(boundariesOf(plans)).toEqual([100, 200]);
    expect(plans.map(({peak, warmupSteps}) => [peak, warmupSteps])).toEqual([
      [1, 10],
      [2, 20],
      [3, 10],
    ]);
  });

  test('shares by largest remainder in proportion to cycleLengths', () => {
    const plans = planCycles({...spec, cycleLengths: [1, 1, 1]}, 302);
    expect(plans.map(({steps}) => steps)).toEqual([101, 101, 100]);
    expect(planCycles({...spec, cycleLengths: [1, 2, 4]}, 100).map(({steps}) => steps)).toEqual([14, 29, 57]);
  });

  test('each part counts from its own start: both sides of a boundary', () => {
    const rate = scheduleOf(planCycles(spec, 300));
    expect(rate(99)).toBeCloseTo((1 + Math.cos((Math.PI * 89) / 90)) / 2, 14);
    expect(rate(100)).toBe(0);
    expect(rate(101)).toBeCloseTo(1 - Math.cos(Math.PI / 20), 14);
    const stranger = {...spec, decayScheduleFns: ['cosine', 'toString', 'linear']};
    expect(() => scheduleOf(planCycles(stranger, 300))).toThrow(
      "there is no schedule 'toString'; there are cosine, exponential, linear, constant,",
    );
    expect([
      cycleAt(planCycles(spec, 300), 99),
      cycleAt(planCycles(spec, 300), 100),
      cycleAt(planCycles(spec, 300), 999),
    ]).toEqual([0, 1, 2]);
  });
});

describe('replan', () => {
  const plans = planCycles(spec, 300);

  test('cuts the stopped cycle and shares what is left equally', () => {
    const next = replan(plans, spec, 39, 300);
    expect(next.map(({start, end, steps, warmup, decay, peak}) => [start, end, steps, warmup, decay, peak])).toEqual([
      [0, 39, 100, 'linear', 'cosine', 1],
      [39, 169, 130, 'cosine', 'constant', 2],
      [169, 300, 130, 'linear', 'linear', 3],
    ]);
  });

  test('the past keeps its rates', () => {
    const [before, after] = [scheduleOf(plans), scheduleOf(replan(plans, spec, 39, 300))];
    for (let step = 0; step < 39; step++) expect(after(step)).toBe(before(step));
  });

  test('dynamic lengths share in their proportions', () => {
    const dynamic = {...spec, cycleLengths: [1, 1, 3]};
    const next = replan(planCycles(dynamic, 300), dynamic, 20, 300);
    expect(boundariesOf(next)).toEqual([20, 90]);
  });

  test('a second stop is followed by the third cycle, and earlier cuts stay', () => {
    const next = replan(replan(plans, spec, 39, 300), spec, 60, 300);
    expect(next.map(({start, end, steps, peak}) => [start, end, steps, peak])).toEqual([
      [0, 39, 100, 1],
      [39, 60, 130, 2],
      [60, 300, 240, 3],
    ]);
  });

  test('warm-ups scale with the new lengths', () => {
    expect(replan(plans, spec, 39, 300).map(({warmupSteps}) => warmupSteps)).toEqual([10, 26, 13]);
  });

  test('cycles for which no step is left have none, and the schedule still runs', () => {
    const next = replan(plans, spec, 99, 100);
    expect(next.map(({start, end}) => [start, end])).toEqual([
      [0, 99],
      [99, 99],
      [99, 100],
    ]);
    expect(scheduleOf(next)(99)).toBe(3);
  });

  test('is refused in the last cycle', () => {
    expect(() => replan(plans, spec, 250, 300)).toThrow('no cycle is left to share with');
    expect(() => replan(plans, spec, 300, 300)).toThrow('stopStep must lie in the run, got 300');
    expect(() => replan(plans, spec, -1, 300)).toThrow('stopStep must lie in the run, got -1');
    expect(boundariesOf(replan(plans, spec, 0, 300))).toEqual([0, 150]);
  });
});

describe('problemsOf', () => {
  test.each([
    [{alterDecays: [0]}, 'warmup_schedule_fns 3, decay_schedule_fns 3, alter_decays 1, alter_warmups 3'],
    [
      {warmupScheduleFns: [], decayScheduleFns: [], alterDecays: [], alterWarmups: []},
      'there must be at least one cycle',
    ],
    [{alterDecays: [0, -1, 0]}, 'the rate of cycle 2 must be above 0, got 1 + -1 = 0'],
    [{alterWarmups: [0, 0, 1]}, 'the warm-up of cycle 3 is longer than the cycle'],
    [{alterWarmups: [0, -0.2, 0]}, 'the warm-up of cycle 2 is negative'],
    [{cycleLengths: [1, 0, 1]}, 'must be above 0, got 0'],
    [{cycleLengths: [1000, 1, 1]}, 'cycle 2 would have no step'],
  ])('%o', (change, message) => {
    const problems = problemsOf({...spec, ...change}, 300);
    expect(problems.map((problem) => problem.message).join('\n')).toContain(message);
  });

  test('tells all of them', () => {
    const bad = {...spec, alterDecays: [-1, -2, 0], alterWarmups: [1, 0, 0]};
    const ofCycles = [
      ['alterDecays', 0],
      ['alterWarmups', 0],
      ['alterDecays', 1],
    ];
    expect(problemsOf(bad, 300).map(({path}) => path)).toEqual(ofCycles);
    expect(problemsOf(bad, 2).map(({path}) => path)).toEqual([['budgetSteps'], ...ofCycles]);
    expect(problemsOf({...spec, cycleLengths: [0, 1, -1]}, 300).map(({path}) => path)).toEqual([
      ['cycleLengths', 0],
      ['cycleLengths', 2],
    ]);
  });

  test('points at what has to be changed', () => {
    const pathOf = (change: Partial<CycleSpec>) => problemsOf({...spec, ...change}, 300)[0]!.path;
    expect(pathOf({learningRate: 0})).toEqual(['learningRate']);
    expect(pathOf({cycleLengths: [1000, 1, 1]})).toEqual(['cycleLengths', 1]);
    expect(pathOf({alterWarmups: [0]})).toEqual(['alterWarmups']);
    expect(pathOf({warmupScheduleFns: ['none']})).toEqual(['warmupScheduleFns']);
    expect(pathOf({cycleLengths: [1, 2]})).toEqual(['cycleLengths']);
    const none = {warmupScheduleFns: [], decayScheduleFns: [], alterDecays: [], alterWarmups: []};
    expect(pathOf(none)).toEqual(['warmupScheduleFns']);
  });

  test('finds nothing wrong with what can be planned', () => {
    expect(problemsOf(spec, 3)).toEqual([]);
    expect(problemsOf({...spec, alterWarmups: [-0.1, 0.9, 0]}, 300)).toEqual([]);
  });
});
