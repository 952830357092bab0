import {
  type ConfigPath,
  fileMistakes,
  findSearchSpace,
  type Problem,
  parsePath,
  placeIn,
  quoted,
  readYaml,
  unknownNameMessage,
  withoutOwnKeys,
  type YamlFile,
} from '../config/index.js';
import type {Submission} from '../contract/index.js';
import {closestName} from '../support/index.js';
import {isList, type Point, type SearchSpace} from './search-space.js';

/** A search space as a file has it. */
export interface SearchSpaceFile {
  readonly space: SearchSpace;
  /** What says a name's value, for messages: `space.json:3:5: learning_rate`. @param trial - counts from 1 */
  givenBy(name: string, trial: number): string;
}

const RANGE_KEYS = ['min', 'max', 'scaling'];
const KEYS = [...RANGE_KEYS, 'feasible_points'];
const SCALINGS = ['linear', 'log'];

/**
 * What the file of a search space holds, whether or not it is one.
 * @param path - a file, or the name of a submission that comes with one
 * @throws UserError if it can't be read, or is no YAML
 */
export function searchSpaceValue(path: string): unknown {
  return spaceIn(readYaml(findSearchSpace(path)));
}

function spaceIn({value}: Pick<YamlFile, 'value'>): unknown {
  return isMapping(value) ? withoutOwnKeys(value) : value;
}

/**
 * Reads a search space, JSON or YAML, in one of AlgoPerf's two forms: names with ranges or feasible points, or a list of points.
 * @param path - a file, or the name of a submission that comes with one
 * @param submission - whose config the names must be keys of; default: any
 * @throws UserError listing all mistakes, each with file, line, column and path
 */
export function readSearchSpace(path: string, submission?: Submission): SearchSpaceFile {
  const file = readYaml(findSearchSpace(path));
  const value = spaceIn(file);
  const mistakes = [...mistakesIn(value), ...(submission ? unknownNames(value, submission) : [])];
  if (mistakes.length > 0) throw fileMistakes(file, mistakes);
  const space = value as SearchSpace;
  return {
    space,
    givenBy: (name, trial) => `${placeIn(file, isList(space) ? [trial - 1, name] : [name], true)}: ${name}`,
  };
}

function mistakesIn(value: unknown): Problem[] {
  if (Array.isArray(value)) return listMistakes(value);
  if (!isMapping(value)) {
    const message = `must be a mapping of names to ranges or feasible points, or a list of points, found ${quoted(value ?? null)}`;
    return [{path: [], message}];
  }
  const names = Object.keys(value);
  if (names.length === 0) return [{path: [], message: 'must have at least one name'}];
  return names.flatMap((name) => [...nameMistakes(name, [name]), ...dimensionMistakes(name, value[name])]);
}

function nameMistakes(name: string, path: ConfigPath): Problem[] {
  if (parsePath(name)) return [];
  return [{path, ofKey: true, message: 'must be a key of the config, such as learning_rate or schedule.alter_decays'}];
}

/** Names that are no keys of the config, in the first point of a list: the others have the same. */
function unknownNames(value: unknown, submission: Submission): Problem[] {
  const names = Object(Array.isArray(value) ? value[0] : value) as Mapping;
  return Object.keys(names).flatMap((name) => {
    const message = unknownNameMessage(name, submission);
    return message === undefined ? [] : [{path: Array.isArray(value) ? [0, name] : [name], ofKey: true, message}];
  });
}

function dimensionMistakes(name: string, value: unknown): Problem[] {
  if (!isMapping(value)) {
    const message = `must be {min, max, scaling} or {feasible_points}, found ${quoted(value)}; a fixed value is {feasible_points: [value]}`;
    return [{path: [name], message}];
  }
  const unknown = Object.keys(value)
    .filter((key) => !KEYS.includes(key))
    .map((key): Problem => ({path: [name, key], ofKey: true, message: `there is no such key; ${nearMiss(key, KEYS)}`}));
  const isDiscrete = Object.hasOwn(value, 'feasible_points');
  return [...unknown, ...(isDiscrete ? feasibleMistakes(name, value) : rangeMistakes(name, value))];
}

function nearMiss(key: string, known: readonly string[]): string {
  const close = closestName(key, known);
  return close ? `did you mean \`${close}\`?` : `there are: ${known.join(', ')}`;
}

function feasibleMistakes(name: string, value: Mapping): Problem[] {
  const both = RANGE_KEYS.filter((key) => Object.hasOwn(value, key)).map(
    (key): Problem => ({path: [name, key], ofKey: true, message: 'cannot stand beside feasible_points'}),
  );
  const {feasible_points: points} = value;
  const path = [name, 'feasible_points'];
  if (!Array.isArray(points)) return [...both, {path, message: `must be a list, found ${quoted(points)}`}];
  return points.length > 0 ? both : [...both, {path, message: 'must have at least one point'}];
}

function rangeMistakes(name: string, value: Mapping): Problem[] {
  const missing = RANGE_KEYS.filter((key) => !Object.hasOwn(value, key)).map(
    (key): Problem => ({path: [name, key], ofKey: true, message: 'is missing'}),
  );
  const given = Object.fromEntries(Object.entries(value).filter(([key]) => RANGE_KEYS.includes(key)));
  const wrong = Object.entries(given).flatMap(([key, each]) => {
    const message = key === 'scaling' ? scalingMistake(each) : numberMistake(each);
    return message === undefined ? [] : [{path: [name, key], message}];
  });
  return [...missing, ...wrong, ...orderMistakes(name, given as Partial<Range>)];
}

function numberMistake(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? undefined : `must be a number, found ${quoted(value)}`;
}

function scalingMistake(value: unknown): string | undefined {
  if (SCALINGS.includes(value as string)) return undefined;
  const close = closestName(String(value), SCALINGS);
  return `must be one of ${SCALINGS.join(', ')}, found ${quoted(value)}${close ? ` (did you mean \`${close}\`?)` : ''}`;
}

/** As it is given: each may be of another kind. */
interface Range {
  readonly min: unknown;
  readonly max: unknown;
  readonly scaling: unknown;
}

/** What is wrong with numbers that are numbers, whatever else is. */
function orderMistakes(name: string, {min, max, scaling}: Partial<Range>): Problem[] {
  if (numberMistake(min) !== undefined) return [];
  return boundMistakes(name, {
    min: min as number,
    max: numberMistake(max) === undefined ? (max as number) : undefined,
    scaling,
  });
}

interface Bounds {
  readonly min: number;
  /** Undefined: it is none, or no number. */
  readonly max: number | undefined;
  readonly scaling: unknown;
}

function boundMistakes(name: string, {min, max, scaling}: Bounds): Problem[] {
  if (scaling === 'log' && min <= 0)
    return [{path: [name, 'min'], message: `must be above 0 with scaling log, found ${quoted(min)}`}];
  if (max === undefined) return [];
  if (min > max) return [{path: [name, 'max'], message: `must be at least min, which is ${min}, found ${quoted(max)}`}];
  if (Number.isFinite(max / min) || scaling !== 'log') return [];
  return [{path: [name, 'max'], message: `is too many times min for scaling log, found ${quoted(max)}`}];
}

function listMistakes(points: readonly unknown[]): Problem[] {
  if (points.length === 0) return [{path: [], message: 'must have at least one point'}];
  return points.flatMap((point, i) => {
    if (!isMapping(point))
      return [{path: [i], message: `must be a mapping of names to values, found ${quoted(point)}`}];
    const names = Object.keys(point);
    if (names.length === 0) return [{path: [i], message: 'must have at least one name'}];
    return [...names.flatMap((name) => nameMistakes(name, [i, name])), ...unlikeFirst(points[0], point, i)];
  });
}

/** AlgoPerf takes the names from the first point; one that lacks a name, or has another, is a slip. */
function unlikeFirst(first: unknown, point: Point, i: number): Problem[] {
  if (!isMapping(first)) return [];
  const [names, own] = [Object.keys(first), Object.keys(point)];
  return [
    ...names
      .filter((name) => !own.includes(name))
      .map((name) => ({path: [i], message: `lacks ${name}, which the first point has`})),
    ...own
      .filter((name) => !names.includes(name))
      .map((name) => ({
        path: [i, name],
        ofKey: true,
        message: `the first point has no such name; ${nearMiss(name, names)}`,
      })),
  ];
}

type Mapping = Point;

function isMapping(value: unknown): value is Mapping {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
