import type {Json} from '../contract/index.js';
import {roundedExp, roundedLog} from '../support/index.js';
import {haltonPoints} from './halton.js';
import {mersenneTwister} from './mersenne-twister.js';

/** The values that one name may have. */
export type Dimension =
  | {readonly min: number; readonly max: number; readonly scaling: 'linear' | 'log'}
  | {readonly feasible_points: readonly Json[]};

/** One trial's values, by name. */
export interface Point {
  readonly [name: string]: Json;
}

/** Where trials get their values: by name the values that each may have, or the trials' points themselves. */
export type SearchSpace = {readonly [name: string]: Dimension} | readonly Point[];

/** How trials are drawn. */
export interface Draw {
  /** At least 1. */
  readonly numTrials: number;
  /** Fixes the order of the trials, and nothing else. In [0, 2^53). */
  readonly seed: number;
}

/**
 * The points of a study's trials. Of a list they are its first ones, in its order. Otherwise they are AlgoPerf's points, which
 * `numTrials` alone decides; their order is that of AlgoPerf when numpy's generator is seeded with `seed`, so that every process
 * that knows both has the same point for the same trial.
 */
export function trialPoints(space: SearchSpace, {numTrials, seed}: Draw): Point[] {
  if (isList(space)) return space.slice(0, numTrials);
  const dimensions = Object.entries(space);
  const points = haltonPoints(numTrials, dimensions.length).map((coordinates) =>
    Object.fromEntries(dimensions.map(([name, dimension], i) => [name, valueAt(dimension, coordinates[i]!)])),
  );
  return mersenneTwister(seed).shuffle(points);
}

/** Whether the space is a list of points. */
export function isList(space: SearchSpace): space is readonly Point[] {
  return Array.isArray(space);
}

/** @param u - in [0, 1) */
function valueAt(dimension: Dimension, u: number): Json {
  if ('feasible_points' in dimension) {
    const {feasible_points: points} = dimension;
    return points[Math.floor(u * points.length)]!;
  }
  const {min, max, scaling} = dimension;
  return scaling === 'log' ? min * roundedExp(u * roundedLog(max / min)) : u * (max - min) + min;
}
