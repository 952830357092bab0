import type {Json} from '../contract/index.js';
import {roundedExp, roundedLog} from '../support/index.js';
import {normalQuantile} from './normal-quantile.js';

/** The distributions of a parameter, by W&B's names. */
export const DISTRIBUTIONS = [
  'constant',
  'categorical',
  'int_uniform',
  'uniform',
  'q_uniform',
  'log_uniform_values',
  'q_log_uniform_values',
  'inv_log_uniform_values',
  'normal',
  'q_normal',
  'log_normal',
  'q_log_normal',
] as const;

export type DistributionName = (typeof DISTRIBUTIONS)[number];

/** The numbers that describe a distribution of numbers. */
export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly mu: number;
  readonly sigma: number;
  readonly q: number;
}

/** A value by its quantile in [0, 1). */
export type Draw = (u: number) => number;

/** Significant digits of a multiple of `q`: `3 * 0.1` is 0.3. */
const DIGITS = 12;

/** Distributions of numbers; each is a function of its quantile, so that random and Halton points draw alike. */
export const numberDraws: {
  readonly [name in Exclude<DistributionName, 'constant' | 'categorical'>]: (range: NumberRange) => Draw;
} = {
  int_uniform:
    ({min, max}) =>
    (u) =>
      min + Math.floor(u * (max - min + 1)),
  uniform,
  q_uniform: (range) => quantized(uniform(range), range.q),
  log_uniform_values: logUniform,
  q_log_uniform_values: (range) => quantized(logUniform(range), range.q),
  inv_log_uniform_values: ({min, max, ...rest}) => {
    const draw = logUniform({min: 1 / max, max: 1 / min, ...rest});
    return (u) => 1 / draw(u);
  },
  normal,
  q_normal: (range) => quantized(normal(range), range.q),
  log_normal: logNormal,
  q_log_normal: (range) => quantized(logNormal(range), range.q),
};

function uniform({min, max}: NumberRange): Draw {
  return (u) => min + u * (max - min);
}

/** Correctly rounded on every machine, as AlgoPerf's points are. */
function logUniform({min, max}: NumberRange): Draw {
  const ratio = roundedLog(max / min);
  return (u) => min * roundedExp(u * ratio);
}

function normal({mu, sigma}: NumberRange): Draw {
  return (u) => mu + sigma * normalQuantile(u);
}

function logNormal(range: NumberRange): Draw {
  const draw = normal(range);
  return (u) => roundedExp(draw(u));
}

function quantized(draw: Draw, q: number): Draw {
  return (u) => multiple(Math.round(draw(u) / q), q);
}

function multiple(n: number, q: number): number {
  // Not -0, which would be another value than 0 in a name.
  return Number((n * q).toPrecision(DIGITS)) + 0;
}

/** All values of a distribution that a grid can have: integers, or multiples of `q`; undefined: it has no such list. */
export function gridValues(name: DistributionName, {min, max, q}: NumberRange): Json[] | undefined {
  if (name === 'int_uniform') return Array.from({length: max - min + 1}, (_, i) => min + i);
  if (name !== 'q_uniform') return undefined;
  const [first, last] = [Math.round(min / q), Math.round(max / q)];
  return Array.from({length: last - first + 1}, (_, i) => multiple(first + i, q));
}
