import {foldIn, keyFromSeed, randomBits} from '../random/index.js';
import {haltonPoints} from '../tuning/index.js';
import type {Choice, Parameter} from './parameters.js';

/** What one run of a sweep is made of. */
export interface RunSettings {
  readonly workload: string;
  /** Undefined: the config's. */
  readonly submission: string | undefined;
  readonly seed: number;
  /** One value of every parameter, in the file's order. */
  readonly point: readonly Choice[];
}

/** What is expanded. */
export interface SweepSpace {
  readonly method: 'grid' | 'random' | 'halton';
  readonly parameters: readonly Parameter[];
  readonly workloads: readonly string[];
  /** At least one. */
  readonly submissions: readonly (string | undefined)[];
  readonly seeds: readonly number[];
  /** The most runs; undefined: all of a grid. */
  readonly runCap: number | undefined;
  /** Decides the points of `random`. */
  readonly rngSeed: number;
}

/** Points that are looked at for each run that is wanted, before it is given up to find more that pass the filters. */
const TRIES = 100;

/** Points that are looked at in all. */
const MOST_POINTS = 2_000_000;

/**
 * The runs of a sweep in their order: point by point, each with every workload, submission and seed. More runs of the same
 * space are a continuation of fewer.
 * @param isKept - whether a run is one of the sweep's
 */
export function expand(space: SweepSpace, isKept: (run: RunSettings) => boolean): RunSettings[] {
  const {runCap = Number.POSITIVE_INFINITY, workloads, submissions, seeds} = space;
  const runs: RunSettings[] = [];
  const seen = new Set<string>();
  let tries = 0;
  for (const point of pointsOf(space)) {
    if (tries++ >= Math.min(MOST_POINTS, TRIES * runCap)) break;
    const values = JSON.stringify(point.map(({value}) => value));
    if (seen.has(values)) continue;
    seen.add(values);
    for (const workload of workloads)
      for (const submission of submissions)
        for (const seed of seeds) {
          const run = {workload, submission, seed, point};
          if (isKept(run)) runs.push(run);
          if (runs.length >= runCap) return runs;
        }
  }
  return runs;
}

/** How many points a grid has; Infinity where one of its parameters has no list of values. */
export function gridSize(parameters: readonly Parameter[]): number {
  return parameters.reduce((size, {choices}) => size * (choices?.length ?? Number.POSITIVE_INFINITY), 1);
}

function pointsOf(space: SweepSpace): Generator<readonly Choice[]> {
  if (space.method === 'grid') return gridPoints(space.parameters);
  return drawnPoints(space.parameters, space.method === 'random' ? randomDraws(space.rngSeed) : haltonDraws());
}

/** The combinations, the last parameter's values in turn first. */
function* gridPoints(parameters: readonly Parameter[]): Generator<readonly Choice[]> {
  const size = gridSize(parameters);
  for (let index = 0; index < size; index++) {
    let rest = index;
    yield parameters
      .toReversed()
      .map(({choices}) => {
        const choice = choices![rest % choices!.length]!;
        rest = Math.floor(rest / choices!.length);
        return choice;
      })
      .toReversed();
  }
}

/** The coordinates of a point by its number, each in [0, 1). */
type Coordinates = (index: number, dimensions: number) => readonly number[];

function* drawnPoints(parameters: readonly Parameter[], coordinatesOf: Coordinates): Generator<readonly Choice[]> {
  // A constant is no dimension: giving a key one value leaves the other parameters' points as they are.
  const drawn = parameters.filter(({distribution}) => distribution !== 'constant');
  for (let index = 0; ; index++) {
    const coordinates = drawn.length > 0 ? coordinatesOf(index, drawn.length) : [];
    yield parameters.map((parameter) => parameter.draw(coordinates[drawn.indexOf(parameter)] ?? 0));
  }
}

/** Every point by its own key: none depends on how many there are. */
function randomDraws(seed: number): Coordinates {
  const key = keyFromSeed(seed);
  return (index, dimensions) => {
    const bits = randomBits(foldIn(key, index), 2 * dimensions);
    return Array.from({length: dimensions}, (_, i) => (bits[2 * i]! * 2 ** 21 + (bits[2 * i + 1]! >>> 11)) / 2 ** 53);
  };
}

/** Halton points at first laid out for one block. */
const BLOCK = 256;

function haltonDraws(): Coordinates {
  let points: number[][] = [];
  return (index, dimensions) => {
    // More points are a continuation of fewer.
    if (index >= points.length) points = haltonPoints(Math.max(BLOCK, 2 * points.length), dimensions);
    return points[index]!;
  };
}
