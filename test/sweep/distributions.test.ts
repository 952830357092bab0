import {expect, test} from 'vitest';
import {readParameters} from '../../src/sweep/parameters.js';
import golden from '../golden/distributions.json' with {type: 'json'};

const drawsOf = (spec: object) => readParameters({x: spec}, () => undefined).parameters[0]!;

test.each(golden.cases)(`$distribution agrees with ${golden.madeBy}`, ({u, values, ...spec}) => {
  const parameter = drawsOf(spec);
  u.forEach((quantile, i) => {
    const {value} = parameter.draw(quantile);
    const tolerance = 4e-15 * Math.max(Math.abs(values[i]!), Number.MIN_VALUE) + (values[i] === 0 ? 1e-16 : 0);
    expect(Math.abs((value as number) - values[i]!), `at ${quantile}`).toBeLessThanOrEqual(tolerance);
  });
});

test('values are drawn as often as their probabilities say', () => {
  const parameter = drawsOf({values: ['a', 'b', 'c'], probabilities: [0.25, 0, 0.75]});
  expect([0, 0.249, 0.25, 0.999].map((u) => parameter.draw(u).value)).toEqual(['a', 'a', 'c', 'c']);
});

test('without probabilities all values are equally frequent', () => {
  const parameter = drawsOf({values: [1, [2], null]});
  expect([0, 0.33, 0.34, 0.66, 0.67].map((u) => parameter.draw(u).value)).toEqual([1, 1, [2], [2], null]);
});

test('a multiple of q has no rounding noise', () => {
  expect(drawsOf({distribution: 'q_uniform', min: 0, max: 1, q: 0.1}).choices!.map(({value}) => value)).toEqual([
    0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  ]);
});
