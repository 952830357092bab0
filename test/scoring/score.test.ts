import {describe, expect, test} from 'vitest';
import {
  algoperfSpeedup,
  decisiveEvaluations,
  type Evaluated,
  firstHit,
  marked,
  ranks,
  relaxed,
  type ScoredSubmission,
  type Scoring,
  score,
  speedups,
  studyHit,
  timeToTarget,
} from '../../src/scoring/index.js';
import {hitAt, LOSS, type Rows, run, scoringOf, submission} from './pools.js';

const {POSITIVE_INFINITY: never, NaN: nan} = Number;

function scores(submissions: readonly ScoredSubmission[], more: Partial<Scoring> = {}): {[name: string]: number} {
  return Object.fromEntries(score(scoringOf(submissions, more)).map(({submission, score}) => [submission, score]));
}

describe('the time of a run', () => {
  const at = (rows: Rows, target = LOSS) => firstHit(run('study_0', 'trial_1', rows), target)?.at.seconds;

  test.each<[string, Rows, number | undefined]>([
    [
      'is that of the first evaluation at the target',
      [
        [10, 0.9],
        [20, 0.4],
        [30, 0.3],
      ],
      20,
    ],
    [
      'stays where the target is lost again',
      [
        [10, 0.4],
        [20, 0.9],
      ],
      10,
    ],
    [
      'is none where the target is missed',
      [
        [10, 0.9],
        [20, 0.51],
      ],
      undefined,
    ],
    [
      'does not come of NaN',
      [
        [10, nan],
        [20, 0.4],
      ],
      20,
    ],
    ['is none of a run without evaluations', [], undefined],
  ])('%s', (_, rows, expected) => expect(at(rows)).toBe(expected));

  const more = {...LOSS, goal: 'maximize'} as const;
  test.each<[string, Rows, typeof LOSS, number | undefined]>([
    ['<=: an equal value reaches it', [[10, 0.5]], LOSS, 10],
    [
      '<: an equal value does not',
      [
        [10, 0.5],
        [20, 0.49],
      ],
      {...LOSS, inclusive: false},
      20,
    ],
    ['>=: an equal value reaches it', [[10, 0.5]], more, 10],
    [
      '>: an equal value does not',
      [
        [10, 0.5],
        [20, 0.51],
      ],
      {...more, inclusive: false},
      20,
    ],
    [
      'maximize: less does not reach it',
      [
        [10, 0.4],
        [20, 0.6],
      ],
      more,
      20,
    ],
    ['one unit in the last place short of it is short', [[10, 0.5 + 2 ** -53]], LOSS, undefined],
  ])('%s', (_, rows, target, expected) => expect(at(rows, target)).toBe(expected));

  test.each(['minimize', 'maximize'] as const)('is decided by few evaluations (%s)', (goal) => {
    const values = [0.9, 0.95, 0.8, nan, 0.8, 0.62, 0.5, 0.56, 0.45, 0.6, 0.4].map((value) =>
      goal === 'minimize' ? value : 1 - value,
    );
    const all = values.map((value, row): Evaluated => ({row, globalStep: row, seconds: 10 * row, value}));
    const target = {goal, value: 0.5, inclusive: true} as const;
    const {atTarget, best} = decisiveEvaluations(all, {target, relaxedBy: 0.25});
    expect(best!.row).toBe(10);
    // 0.62 is at the target relaxed by a quarter, 0.45 is the first that betters it.
    expect(atTarget.map(({row}) => row)).toEqual([5, 6, 8]);
    for (const fraction of [0, 0.1, 0.2, 0.24, 0.25])
      for (const inclusive of [true, false]) {
        const eased = relaxed({...target, inclusive}, fraction);
        const hit = (evaluations: readonly Evaluated[]) => firstHit({study: '', trial: '', evaluations}, eased)?.at;
        expect(hit(atTarget)).toEqual(hit(all));
      }
    expect(decisiveEvaluations(all, {target}).atTarget.map(({row}) => row)).toEqual([6, 8]);
  });
});

describe('the time of a study', () => {
  const slowButEarly = run('study_0', 'trial_1', [[90, 0.5]]);
  const fastButLate = run('study_0', 'trial_2', [
    [10, 0.9],
    [20, 0.8],
    [30, 0.5],
  ]);

  test('is that of the fastest trial', () => {
    const hit = studyHit([slowButEarly, fastButLate], LOSS, {by: 'time', choice: 'least time'});
    expect(hit).toMatchObject({trial: 'trial_2', at: {seconds: 30}});
  });

  test("in AlgoPerf's code, of the trial whose evaluation has the least number", () => {
    const hit = studyHit([fastButLate, slowButEarly], LOSS, {by: 'time', choice: 'least row'});
    expect(hit).toMatchObject({trial: 'trial_1', at: {seconds: 90}});
  });

  test.each(['least time', 'least row'] as const)('of equals (%s) it is the first', (choice) => {
    const hit = studyHit([hitAt('s', 5, 'a'), hitAt('s', 5, 'b')], LOSS, {by: 'time', choice});
    expect(hit!.trial).toBe('a');
  });

  test('does not count past the limit, but at it', () => {
    const at = (limitSeconds: number) =>
      studyHit([fastButLate], {...LOSS, limitSeconds}, {by: 'steps', choice: 'least time'})?.at.globalStep;
    expect(at(30)).toBe(300);
    expect(at(29.9)).toBeUndefined();
  });
});

describe('the time of a workload', () => {
  const of = (times: readonly number[], numStudies: number) =>
    timeToTarget(
      times.map((seconds, i) => hitAt(`study_${i}`, seconds)),
      LOSS,
      {by: 'time', choice: 'least time', numStudies},
    );

  test.each([
    ['the median of three studies', [30, 10, 20], 3, 20, 0],
    ['infinite in one study of three', [30, never, 20], 3, 30, 0],
    ['infinite in two', [30, never, never], 3, never, 0],
    ['one study missing', [30, 20], 3, 30, 1],
    ['one study missing, one infinite', [30, never], 3, never, 1],
    ['two of two', [10, 20], 2, 15, 0],
    ['one of two', [10, never], 2, never, 0],
    ['a single one', [10], 1, 10, 0],
    ['none at all', [], 3, never, 3],
    ['none at all where none is asked for', [], 0, never, 0],
    ['more than asked for', [10, 30, 50], 1, 30, 0],
  ])('%s', (_, times, numStudies, median, missing) => {
    expect(of(times, numStudies)).toMatchObject({median, missing});
  });

  test('by steps', () => {
    const options = {by: 'steps', choice: 'least time', numStudies: 1} as const;
    expect(timeToTarget([hitAt('study_0', 12)], LOSS, options).median).toBe(120);
  });
});

describe('scores', () => {
  test('are the mean of (4 - ratio) / 3', () => {
    const a = submission('a', {w1: [10], w2: [30]});
    const b = submission('b', {w1: [20], w2: [10]});
    // a: ratios 1 and 3, (3/3 + 1/3) / 2; b: 2 and 1, (2/3 + 3/3) / 2.
    expect(scores([a, b])).toEqual({a: 2 / 3, b: (2 / 3 + 1) / 2});
  });

  test('a ratio of exactly 4 stays and is worth nothing; above it is infinite', () => {
    const all = [submission('a', {w: [10]}), submission('b', {w: [40]}), submission('c', {w: [40.00001]})];
    const [, b, c] = score(scoringOf(all));
    expect([b!.ratios.w, b!.score, c!.ratios.w, c!.score]).toEqual([4, 0, never, 0]);
    // Of the 100 points the last one is 4: half a gap of 1/33, as a share of 3.
    const [, gridB, gridC] = score(scoringOf(all, {rules: '1.0'}));
    expect(gridB!.score).toBeCloseTo(1 / 33 / 2 / 3, 14);
    expect(gridC!.score).toBe(0);
  });

  test('a workload that no submission finishes costs them all the same', () => {
    const a = submission('a', {w1: [10], w2: [never]});
    const b = submission('b', {w1: [10], w2: [never]});
    expect(scores([a, b])).toEqual({a: 0.5, b: 0.5});
  });

  test('a workload that a submission has not run is infinite for it', () => {
    expect(scores([submission('a', {w1: [10], w2: [10]}), submission('b', {w1: [10]})])).toEqual({a: 1, b: 0.5});
  });

  test('a submission alone has the share of targets that it reached', () => {
    expect(scores([submission('a', {w1: [10], w2: [never], w3: [7]})])).toEqual({a: 2 / 3});
  });

  test('a single workload is a pool of its own', () => {
    const all = [submission('a', {mnist: [10], wmt: [9]}), submission('b', {mnist: [25], wmt: [1]})];
    expect(scores(all, {workloads: ['mnist']})).toEqual({a: 1, b: 0.5});
  });

  test('no workload at all has no runs', () => {
    expect(score(scoringOf([submission('a', {})], {workloads: ['w']}))).toMatchObject([
      {score: 0, rank: 1, reached: 0},
    ]);
  });

  test('a missing study is infinite by the rules, left out by the code', () => {
    const all = [submission('a', {w: [10, 10, 10]}), submission('b', {w: [10, never]})];
    expect(scores(all)).toEqual({a: 1, b: 0});
    const two = [submission('a', {w: [10, 10, 10]}), submission('b', {w: [10]})];
    expect(scores(two)).toEqual({a: 1, b: 0});
    expect(scores(two, {rules: '1.0'}).b).toBeCloseTo(1, 14);
  });

  test('the number of studies may be asked for', () => {
    expect(scores([submission('a', {w: [10, 20]})], {numStudies: 3})).toEqual({a: 1});
    expect(scores([submission('a', {w: [10]})], {numStudies: 3})).toEqual({a: 0});
  });

  test('a limit and a strict target are of the rules, not of the code', () => {
    const all = [submission('a', {w: [10]})];
    for (const target of [
      {...LOSS, inclusive: false},
      {...LOSS, limitSeconds: 9},
    ]) {
      const targets = new Map([['w', target]]);
      expect(scores(all, {targets}).a).toBe(0);
      expect(scores(all, {targets, rules: '1.0'}).a).toBeCloseTo(1, 14);
    }
  });

  test('AlgoPerf 0.6 divides by 8, 1.0 by as many as there are', () => {
    const all = [submission('a', {w: [10]})];
    expect(scores(all, {rules: '0.6'}).a).toBeCloseTo(1 / 8, 14);
    expect(scores(all, {rules: '1.0'}).a).toBeCloseTo(1, 14);
  });

  test('ratios may be to a reference, and below 1 then; where only that one missed, they are 0', () => {
    const all = [submission('a', {w1: [10], w2: [10], w3: [10]}), submission('ref', {w1: [20], w2: [5], w3: [never]})];
    const [a, ref] = score(scoringOf(all, {reference: 'ref'}));
    expect(a!.ratios).toEqual({w1: 0.5, w2: 2, w3: 0});
    expect(a!.score).toBeCloseTo((1 + 2 / 3 + 1) / 3, 14);
    expect(ref!.ratios).toEqual({w1: 1, w2: 1, w3: never});
  });

  test('the reference may be the first submission', () => {
    const all = [submission('ref', {w: [20]}), submission('a', {w: [10]})];
    expect(score(scoringOf(all, {reference: 'ref'})).map(({ratios}) => ratios.w)).toEqual([1, 0.5]);
  });

  test("AlgoPerf's code adds in another order where a submission is alone: the last digits say so", () => {
    const six = {a: [1], b: [1], c: [1], d: [1], e: [1], f: [1]};
    expect(scores([submission('one', six)], {rules: '0.6'})).toEqual({one: 0.7499999999999997});
    const two = [submission('one', six), submission('other', {a: [never]})];
    expect(scores(two, {rules: '0.6'})).toEqual({one: 0.7499999999999991, other: 0});
  });

  test('workloads reached are counted before the comparison with others', () => {
    const all = [submission('a', {w1: [10], w2: [10]}), submission('b', {w1: [100], w2: [never]})];
    expect(score(scoringOf(all)).map(({reached}) => reached)).toEqual([2, 1]);
  });

  test('times of 0 are as long as each other', () => {
    expect(scores([submission('a', {w: [0]}), submission('b', {w: [0]}), submission('c', {w: [1]})])).toEqual({
      a: 1,
      b: 1,
      c: 0,
    });
  });

  test.each([
    [{reference: 'x'}, 'reference must be one of the submissions, got x'],
    [{targets: new Map()}, 'targets must hold w'],
    [{heldOut: [{name: 'v', base: 'x'}]}, 'the base of v must be a workload, got x'],
  ])('refuses %j', (more, message) => {
    expect(() => score(scoringOf([submission('a', {w: [1]})], more))).toThrow(message);
  });
});

describe('a held-out workload', () => {
  const heldOut = [{name: 'v', base: 'w'}];
  const of = (times: {[workload: string]: readonly number[]}) =>
    score(scoringOf([submission('best', {w: [10], v: [10]}), submission('a', times)], {heldOut}))[1]!.ratios.w;

  test.each<[string, {[workload: string]: readonly number[]}, number]>([
    ['that was reached leaves its base as it is', {w: [20], v: [10]}, 2],
    ['that was missed makes its base infinite', {w: [20], v: [never]}, never],
    ['that was not run makes its base infinite', {w: [20]}, never],
    ['that was too slow makes its base infinite', {w: [20], v: [41]}, never],
    ['does not save a base that was missed', {w: [never], v: [10]}, never],
  ])('%s', (_, times, expected) => expect(of(times)).toBe(expected));

  test('is no part of the score, and each of several is of its own base', () => {
    const several = [
      {name: 'v', base: 'w'},
      {name: 'y', base: 'x'},
    ];
    const all = [
      submission('a', {w: [10], x: [10], v: [10], y: [never]}),
      submission('b', {w: [10], x: [10], v: [10], y: [10]}),
    ];
    expect(score(scoringOf(all, {heldOut: several})).map(({ratios, score}) => [ratios, score])).toEqual([
      [{w: 1, x: never}, 0.5],
      [{w: 1, x: 1}, 1],
    ]);
  });

  test('does not set the pace where its base was missed', () => {
    const all = [submission('a', {w: [10], v: [10]}), submission('b', {w: [never], v: [1]})];
    expect(score(scoringOf(all, {heldOut}))[0]!.ratios).toEqual({w: 1});
  });
});

describe('ranks', () => {
  test.each([
    [
      [0.5, 0.7, 0.6],
      [3, 1, 2],
    ],
    [
      [0.5, 0.7, 0.5, 0.4],
      [2, 1, 2, 4],
    ],
    [
      [0, 0],
      [1, 1],
    ],
    [[], []],
  ])('of %j are %j', (values, expected) => expect(ranks(values)).toEqual(expected));

  test('the same ratios on other workloads are a tie to the last bit', () => {
    const ratios = [1.1, 1.3, 2.7, 3.3, 1];
    const times = (order: readonly number[]) => Object.fromEntries(order.map((i, w) => [`w${w}`, [ratios[i]!]]));
    const fast = Object.fromEntries(ratios.map((_, w) => [`w${w}`, [1]]));
    const all = [
      submission('fast', fast),
      submission('a', times([0, 1, 2, 3, 4])),
      submission('b', times([4, 2, 0, 1, 3])),
      submission('c', times([3, 0, 4, 2, 1])),
    ];
    expect(score(scoringOf(all)).map(({rank}) => rank)).toEqual([1, 2, 2, 2]);
  });
});

describe('a relaxed target', () => {
  test('is easier by a fraction of itself', () => {
    expect(relaxed(LOSS, 0.1).value).toBe(0.5 * 1.1);
    expect(relaxed({...LOSS, goal: 'maximize'}, 0.1).value).toBe(0.5 * 0.9);
    expect(relaxed(LOSS, 0)).toEqual(LOSS);
  });

  test.each([
    [-0.1, 'fraction must be in [0, 1], got -0.1'],
    [1, 'fraction must be below 1, got 1'],
    [nan, 'got NaN'],
  ])('refuses %d', (fraction, message) => expect(() => relaxed(LOSS, fraction)).toThrow(message));
});

describe('speed-ups', () => {
  const all = [
    submission('ref', {w1: [10], w2: [80], w3: [never], w4: [5]}),
    submission('a', {w1: [5], w2: [10], w3: [7], w4: [never]}),
  ];
  const scored = score(scoringOf(all));

  test('are the geometric mean over the workloads that both reached', () => {
    const [ref, a] = speedups(scored, 'ref', ['w1', 'w2', 'w3', 'w4']);
    expect(ref).toMatchObject({mean: 1, onlyHere: [], onlyThere: []});
    expect(a).toMatchObject({byWorkload: {w1: 2, w2: 8}, onlyHere: ['w3'], onlyThere: ['w4']});
    expect(a!.mean).toBeCloseTo(4, 14);
  });

  test('are none where no workload was reached by both', () => {
    expect(speedups(scored, 'ref', ['w3'])[1]!.mean).toBeUndefined();
  });

  test("by AlgoPerf's own number are less than 1, and a target that was not reached costs its budget and a second", () => {
    const timesOf = (w1: number, w2: number) => ({times: {w1: {median: w1}, w2: {median: w2}} as never});
    const [fast, slow] = [timesOf(10, never), timesOf(20, 50)];
    const budgets = new Map([
      ['w1', 99],
      ['w2', 399],
    ]);
    expect(algoperfSpeedup(fast, slow, {workloads: ['w1'], budgets})).toBeCloseTo(0.5, 14);
    expect(algoperfSpeedup(fast, slow, {workloads: ['w1', 'w2'], budgets})).toBeCloseTo(2, 14);
    expect(algoperfSpeedup(slow, fast, {workloads: ['w1', 'w2'], budgets})).toBeCloseTo(0.5, 14);
    expect(algoperfSpeedup(fast, slow, {workloads: ['w1', 'w3'], budgets})).toBeUndefined();
  });

  test('refuse a reference that is not there', () => {
    expect(() => speedups(scored, 'x', ['w1'])).toThrow('reference must be one of the submissions, got x');
  });
});

test.each([
  [true, '1.5'],
  [false, '1.5†'],
  [null, '1.5†'],
])('a time whose official is %j is written %s', (official, text) => {
  expect(marked('1.5', official)).toBe(text);
});
