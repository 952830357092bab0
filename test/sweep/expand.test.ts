import {describe, expect, test} from 'vitest';
import {expand, type RunSettings, type SweepSpace} from '../../src/sweep/expand.js';
import {readParameters} from '../../src/sweep/parameters.js';
import {haltonPoints} from '../../src/tuning/index.js';

function space(parameters: object, more: Partial<SweepSpace> = {}): SweepSpace {
  return {
    method: 'grid',
    parameters: readParameters({...parameters}, () => undefined).parameters,
    workloads: ['mnist'],
    submissions: [undefined],
    seeds: [0],
    runCap: undefined,
    rngSeed: 0,
    ...more,
  };
}

const all = (): boolean => true;
const valuesOf = (runs: readonly RunSettings[]) => runs.map(({point}) => point.map(({value}) => value));

test('a grid has every combination, the last parameter in turn first', () => {
  const runs = expand(space({a: {values: [1, 2]}, b: {value: 'x'}, c: {values: [true, null]}}), all);
  expect(valuesOf(runs)).toEqual([
    [1, 'x', true],
    [1, 'x', null],
    [2, 'x', true],
    [2, 'x', null],
  ]);
});

test('each point is run with every workload, submission and seed', () => {
  const runs = expand(
    space({a: {values: [1, 2]}}, {workloads: ['mnist', 'cifar'], submissions: ['adamw', 'lion'], seeds: [3, 4]}),
    all,
  );
  expect(runs).toHaveLength(16);
  expect(runs.slice(0, 3).map(({workload, submission, seed}) => [workload, submission, seed])).toEqual([
    ['mnist', 'adamw', 3],
    ['mnist', 'adamw', 4],
    ['mnist', 'lion', 3],
  ]);
});

test('without parameters there is one point', () => {
  expect(expand(space({}, {seeds: [1, 2]}), all)).toHaveLength(2);
  expect(expand(space({}, {method: 'random', runCap: 5, seeds: [1, 2]}), all)).toHaveLength(2);
});

test('nested parameters have dotted keys', () => {
  const [run] = expand(space({schedule: {parameters: {budget_steps: {value: 5}}}}), all);
  expect(run!.point[0]).toEqual({
    key: 'schedule.budget_steps',
    value: 5,
    path: ['parameters', 'schedule', 'parameters', 'budget_steps', 'value'],
  });
});

test('run_cap takes the first runs that pass the filter', () => {
  const even = ({point}: RunSettings) => (point[0]!.value as number) % 2 === 0;
  expect(valuesOf(expand(space({a: {min: 1, max: 9}}, {runCap: 3}), even))).toEqual([[2], [4], [6]]);
});

describe.each(['random', 'halton'] as const)('%s', (method) => {
  const parameters = {x: {distribution: 'uniform', min: 0, max: 1}, k: {value: 7}, y: {values: [1, 2, 3]}};

  test('more runs are a continuation of fewer', () => {
    const few = valuesOf(expand(space(parameters, {method, runCap: 10}), all));
    const many = valuesOf(expand(space(parameters, {method, runCap: 600}), all));
    expect(many).toHaveLength(600);
    expect(many.slice(0, 10)).toEqual(few);
  });

  test('a constant changes no other value', () => {
    const {k: _, ...others} = parameters;
    const without = expand(space(others, {method, runCap: 20}), all);
    expect(valuesOf(expand(space(parameters, {method, runCap: 20}), all)).map(([x, , y]) => [x, y])).toEqual(
      valuesOf(without),
    );
  });

  test('a point that comes again is no other run', () => {
    const runs = expand(space({y: {values: [1, 2, 3]}}, {method, runCap: 10}), all);
    expect(valuesOf(runs).flat().sort()).toEqual([1, 2, 3]);
  });

  test('the search ends where nothing passes', () => {
    expect(expand(space(parameters, {method, runCap: 3}), () => false)).toEqual([]);
  });
});

test("halton points are AlgoPerf's, in their order", () => {
  const runs = expand(
    space(
      {x: {distribution: 'uniform', min: 0, max: 1}, y: {distribution: 'uniform', min: 0, max: 1}},
      {method: 'halton', runCap: 300},
    ),
    all,
  );
  expect(valuesOf(runs)).toEqual(haltonPoints(300, 2));
});

test('random points depend on rng_seed, and spread over the range', () => {
  const drawn = (rngSeed: number) =>
    valuesOf(
      expand(space({x: {distribution: 'uniform', min: 0, max: 1}}, {method: 'random', runCap: 1000, rngSeed}), all),
    ).flat() as number[];
  expect(drawn(1)).toEqual(drawn(1));
  expect(drawn(1)[0]).not.toBe(drawn(2)[0]);
  const mean = drawn(1).reduce((sum, x) => sum + x) / 1000;
  // Five standard errors.
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * 1000));
});
