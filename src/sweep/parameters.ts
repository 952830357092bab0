import {type ConfigPath, type Problem, parsePath, problemsOfIssues, quoted} from '../config/index.js';
import type {Json} from '../contract/index.js';
import {type DistributionName, gridValues, type NumberRange, numberDraws} from './distributions.js';
import {repeatedPlaces} from './repeated.js';
import {type ParameterSpec, parameterSchema} from './schema.js';

/** One value of a parameter. */
export interface Choice {
  /** As in the file: `learning_rate`, `schedule.alter_decays`. */
  readonly key: string;
  readonly value: Json;
  /** Where in the file it is from. */
  readonly path: ConfigPath;
}

/** A parameter of a sweep. */
export interface Parameter {
  readonly key: string;
  readonly path: ConfigPath;
  readonly distribution: DistributionName;
  /** All values, where they can be listed. */
  readonly choices: readonly Choice[] | undefined;
  /** Of each choice, as far as they are given. */
  readonly probabilities: readonly number[] | undefined;
  /** @param u - in [0, 1) */
  draw(u: number): Choice;
}

/** What is read of a mapping of parameters. */
export interface ReadParameters {
  readonly parameters: readonly Parameter[];
  readonly problems: readonly Problem[];
}

/** Gives a number as it is written in the file. */
export type SourceOf = (path: ConfigPath) => string | undefined;

/** The most values that one range of a grid is laid out to. */
const MOST_VALUES = 100_000;

/** Reads parameters, those below others by their dotted keys; all mistakes at once. */
export function readParameters(
  given: {readonly [name: string]: unknown},
  sourceOf: SourceOf,
  path: ConfigPath = ['parameters'],
  prefix = '',
): ReadParameters {
  const read = Object.entries(given).map(([name, spec]) =>
    readOne({key: `${prefix}${name}`, path: [...path, name], sourceOf}, spec),
  );
  return {
    parameters: read.flatMap(({parameters}) => parameters),
    problems: read.flatMap(({problems}) => problems),
  };
}

interface Where {
  readonly key: string;
  readonly path: ConfigPath;
  readonly sourceOf: SourceOf;
}

function readOne(where: Where, spec: unknown): ReadParameters {
  const {key, path, sourceOf} = where;
  const wrong = (problem: Problem): ReadParameters => ({parameters: [], problems: [problem]});
  if (!parsePath(key))
    return wrong({
      path,
      ofKey: true,
      message: 'must be a key of the config, such as learning_rate or schedule.alter_decays',
    });
  if (spec === null || typeof spec !== 'object' || Array.isArray(spec))
    return wrong({
      path,
      message: `must be a mapping such as {value: 1}, {values: [1, 2]} or {min: 1, max: 2}, found ${quoted(spec)}`,
    });
  const result = parameterSchema.safeParse(spec);
  if (!result.success) {
    const problems = problemsOfIssues(result.error.issues, parameterSchema, spec);
    return {
      parameters: [],
      problems: problems.map((each) => ({
        ...each,
        path: [...path, ...each.path],
        message: withAdvice(each.message, spec),
      })),
    };
  }
  const checked = result.data as ParameterSpec;
  if (checked.parameters) return nested(where, checked);
  const name = checked.distribution ?? impliedBy(checked, path, sourceOf);
  if (name === undefined)
    return wrong({path, message: 'needs `value`, `values`, `min` and `max`, `distribution`, or `parameters` below it'});
  const problems = problemsOf(name, checked).map((each) => ({...each, path: [...path, ...each.path]}));
  return problems.length > 0
    ? {parameters: [], problems}
    : {parameters: [parameterOf(where, name, checked)], problems: []};
}

/** `log_uniform` and the like take exponents in W&B: a range of values there would mean something else without a word. */
function withAdvice(message: string, spec: object): string {
  const {distribution} = spec as {distribution?: unknown};
  const exponents = /^(q_|inv_)?log_uniform$/.test(String(distribution));
  if (!exponents || !message.includes('must be one of')) return message;
  return `${message}; ${String(distribution)} takes exponents of e: give the values themselves to ${String(distribution)}_values`;
}

function nested({key, path, sourceOf}: Where, {parameters, ...others}: ParameterSpec): ReadParameters {
  const beside = Object.keys(others).map((name) => ({
    path: [...path, name],
    ofKey: true,
    message: 'cannot stand beside `parameters`',
  }));
  const at = [...path, 'parameters'];
  const none = Object.keys(parameters!).length === 0 ? [{path: at, message: 'must have at least one key'}] : [];
  const below = readParameters(parameters!, sourceOf, at, `${key}.`);
  return {...below, problems: [...beside, ...none, ...below.problems]};
}

function impliedBy(spec: ParameterSpec, path: ConfigPath, sourceOf: SourceOf): DistributionName | undefined {
  if (spec.value !== undefined) return 'constant';
  if (spec.values !== undefined) return 'categorical';
  if (spec.min === undefined && spec.max === undefined) return undefined;
  // 0.0 is a real number in W&B's YAML, though it is the integer 0 here.
  const isInteger = (name: 'min' | 'max'): boolean =>
    /^[-+]?\d+$/.test(sourceOf([...path, name]) ?? String(spec[name]));
  return isInteger('min') && isInteger('max') ? 'int_uniform' : 'uniform';
}

const RANGE = ['min', 'max'];
const NORMAL = ['mu', 'sigma'];

/** Which keys stand beside a distribution; the first ones are required where `isRequired` says so. */
const KEYS: {
  readonly [name in DistributionName]: {readonly required: readonly string[]; readonly optional?: readonly string[]};
} = {
  constant: {required: ['value']},
  categorical: {required: ['values'], optional: ['probabilities']},
  int_uniform: {required: RANGE},
  uniform: {required: RANGE},
  q_uniform: {required: RANGE, optional: ['q']},
  log_uniform_values: {required: RANGE},
  q_log_uniform_values: {required: RANGE, optional: ['q']},
  inv_log_uniform_values: {required: RANGE},
  normal: {required: [], optional: NORMAL},
  q_normal: {required: [], optional: [...NORMAL, 'q']},
  log_normal: {required: [], optional: NORMAL},
  q_log_normal: {required: [], optional: [...NORMAL, 'q']},
};

function problemsOf(name: DistributionName, spec: ParameterSpec): Problem[] {
  const {required, optional = []} = KEYS[name];
  const given = Object.keys(spec).filter((key) => key !== 'distribution');
  const missing = required
    .filter((key) => !given.includes(key))
    .map((key) => ({path: [], message: `${key} is missing`}));
  const foreign = given
    .filter((key) => ![...required, ...optional].includes(key))
    .map((key) => ({path: [key], ofKey: true, message: `means nothing for the distribution ${name}`}));
  const structural = [...missing, ...foreign];
  return structural.length > 0 ? structural : [...valueProblems(spec), ...rangeProblems(name, spec)];
}

function valueProblems({values = [], probabilities}: ParameterSpec): Problem[] {
  const twice = repeatedPlaces(values).map((i) => ({
    path: ['values', i],
    message: `${quoted(values[i])} is there twice`,
  }));
  if (!probabilities) return twice;
  const path = ['probabilities'];
  if (probabilities.length !== values.length)
    return [
      ...twice,
      {path, message: `must have one entry for each of the ${values.length} values, found ${probabilities.length}`},
    ];
  const sum = probabilities.reduce((total, each) => total + each, 0);
  return Math.abs(sum - 1) < 1e-9 ? twice : [...twice, {path, message: `must add up to 1, found ${sum}`}];
}

function rangeProblems(name: DistributionName, {min, max}: ParameterSpec): Problem[] {
  if (min === undefined || max === undefined) return [];
  if (min > max) return [{path: ['max'], message: `must be at least min, which is ${min}, found ${max}`}];
  if (name.includes('log') && min <= 0)
    return [{path: ['min'], message: `must be above 0 for the distribution ${name}, found ${min}`}];
  if (name.includes('log') && !Number.isFinite(1 / min))
    return [{path: ['min'], message: `is too near 0 for the distribution ${name}, found ${min}`}];
  if (name.includes('log') && !Number.isFinite(max / min))
    return [{path: ['max'], message: `is too many times as large as min for the distribution ${name}, found ${max}`}];
  if (name !== 'int_uniform') return [];
  const ends = Object.entries({min, max}).filter(([, end]) => !Number.isSafeInteger(end));
  return ends.map(([key, end]) => ({path: [key], message: `must be an integer, found ${end}`}));
}

function parameterOf({key, path}: Where, distribution: DistributionName, spec: ParameterSpec): Parameter {
  const common = {key, path, distribution, probabilities: spec.probabilities};
  if (distribution === 'constant') {
    const only = {key, value: spec.value as Json, path: [...path, 'value']};
    return {...common, choices: [only], draw: () => only};
  }
  if (distribution === 'categorical') return {...common, ...categorical(common, spec)};
  const {min = 0, max = 0, mu = 0, sigma = 1, q = 1} = spec;
  const range: NumberRange = {min, max, mu, sigma, q};
  const draw = numberDraws[distribution](range);
  const isShort = (max - min) / (distribution === 'int_uniform' ? 1 : q) < MOST_VALUES;
  const values = isShort ? gridValues(distribution, range) : undefined;
  return {
    ...common,
    choices: values?.map((value) => ({key, value, path})),
    draw: (u) => ({key, value: draw(u), path}),
  };
}

function categorical(
  {key, path}: {key: string; path: ConfigPath},
  spec: ParameterSpec,
): Pick<Parameter, 'choices' | 'draw'> {
  const choices = spec.values!.map((value, i) => ({key, value: value as Json, path: [...path, 'values', i]}));
  const {probabilities} = spec;
  if (!probabilities) return {choices, draw: (u) => choices[Math.floor(u * choices.length)]!};
  let sum = 0;
  const ends = probabilities.map((each) => (sum += each));
  return {choices, draw: (u) => choices[ends.findIndex((end) => u < end)] ?? choices.at(-1)!};
}
