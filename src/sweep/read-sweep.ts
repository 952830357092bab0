import {
  type ConfigPath,
  fileMistakes,
  type Problem,
  placeIn,
  problemsOfIssues,
  quoted,
  readYaml,
  stemOf,
  withoutOwnKeys,
  type YamlFile,
} from '../config/index.js';
import {parseWhere} from '../runs/index.js';
import {earlyTerminateProblems} from './early-terminate.js';
import {expand, gridSize, type RunSettings, type SweepSpace} from './expand.js';
import type {Filter} from './filter.js';
import type {HyperbandRule} from './hyperband.js';
import {readParameters} from './parameters.js';
import {repeatedPlaces} from './repeated.js';
import {type SweepSpec, sweepSchema} from './schema.js';

/** A sweep file, read and checked by itself: not yet against workloads, submissions and their configs. */
export interface Sweep extends SweepSpace {
  readonly file: YamlFile;
  /** The folder of the sweep among the experiments. */
  readonly name: string;
  readonly description: string | undefined;
  readonly metric: SweepSpec['metric'];
  /** Undefined: every run comes to its own end. */
  readonly earlyTerminate: HyperbandRule | undefined;
  readonly config: string | undefined;
  /** All of them hold for a run of the sweep. */
  readonly where: readonly Filter[];
  /** None of them does. */
  readonly exclude: readonly Filter[];
}

/** Combinations of a grid that are looked at. */
const MOST_COMBINATIONS = 1_000_000;

/** Runs of a sweep. */
const MOST_RUNS = 100_000;

/**
 * Reads a sweep file.
 * @throws UserError listing all mistakes, each with file, line, column and key
 */
export function readSweep(path: string): Sweep {
  const file = readYaml(path);
  const {value} = file;
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw fileMistakes(file, [
      {path: [], message: `must be a mapping with method, workloads and parameters, found ${quoted(value ?? null)}`},
    ]);
  const data = withoutOwnKeys(value);
  const result = sweepSchema.safeParse(data);
  const given = (data as {parameters?: unknown}).parameters;
  const read = readParameters(isMapping(given) ? given : {}, (at) => file.locator.sourceOf(at));
  const issues = result.success ? [] : problemsOfIssues(result.error.issues, sweepSchema, data);
  const problems = [...issues, ...read.problems, ...(result.success ? specProblems(result.data, read.parameters) : [])];
  if (problems.length > 0 || !result.success) throw fileMistakes(file, inOrder(file, problems));
  const spec = result.data;
  return {
    file,
    name: spec.name ?? stemOf(path),
    description: spec.description,
    metric: spec.metric,
    earlyTerminate: spec.early_terminate && ruleOf(spec.early_terminate),
    config: spec.config,
    method: spec.method,
    parameters: read.parameters,
    workloads: spec.workloads,
    submissions: spec.submissions ?? [undefined],
    seeds: spec.seeds,
    runCap: spec.run_cap,
    rngSeed: spec.rng_seed ?? 0,
    where: filtersOf(file, 'where', spec.where),
    exclude: filtersOf(file, 'exclude', spec.exclude),
  };
}

function ruleOf({min_iter, max_iter, s, eta, strict}: NonNullable<SweepSpec['early_terminate']>): HyperbandRule {
  return {minIter: min_iter, maxIter: max_iter, s, eta, strict};
}

function isMapping(value: unknown): value is {readonly [name: string]: unknown} {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function inOrder({locator}: YamlFile, problems: readonly Problem[]): Problem[] {
  const place = ({path, ofKey = false}: Problem) => locator.placeOf(path, ofKey);
  return [...problems].sort((a, b) => place(a).line - place(b).line || place(a).column - place(b).column);
}

/** What no key alone is wrong in. */
function specProblems(spec: SweepSpec, parameters: SweepSpace['parameters']): Problem[] {
  return [
    ...twice(spec, 'workloads'),
    ...twice(spec, 'submissions'),
    ...twice(spec, 'seeds'),
    ...sameKeys(parameters),
    ...earlyTerminateProblems(spec),
    ...(spec.method === 'grid' ? gridProblems(parameters) : drawnProblems(spec)),
    ...unusedProblems(spec, parameters),
  ];
}

function twice(spec: SweepSpec, key: 'workloads' | 'submissions' | 'seeds'): Problem[] {
  const list: readonly unknown[] = spec[key] ?? [];
  return repeatedPlaces(list).map((i) => ({path: [key, i], message: `${quoted(list[i])} is there twice`}));
}

function sameKeys(parameters: SweepSpace['parameters']): Problem[] {
  return repeatedPlaces(parameters.map(({key}) => key)).map((i) => {
    const {key, path} = parameters[i]!;
    return {path, ofKey: true, message: `the key ${key} is given twice`};
  });
}

function gridProblems(parameters: SweepSpace['parameters']): Problem[] {
  const endless = parameters
    .filter(({choices}) => !choices)
    .map(({path, distribution}) => ({
      path,
      message: `${distribution} has no list of values for \`method: grid\`; give \`values\`, int_uniform or q_uniform of fewer values, or draw by random or halton`,
    }));
  const size = gridSize(parameters);
  if (endless.length > 0 || size <= MOST_COMBINATIONS) return endless;
  return [
    {
      path: ['parameters'],
      ofKey: true,
      message: `the grid has ${size} combinations, at most ${MOST_COMBINATIONS} are looked through`,
    },
  ];
}

/** What is given and decides nothing with the sweep's method. */
function unusedProblems({method, rng_seed}: SweepSpec, parameters: SweepSpace['parameters']): Problem[] {
  const weighted = method === 'grid' ? parameters.filter(({probabilities}) => probabilities) : [];
  const paths = [
    ...(method !== 'random' && rng_seed !== undefined ? [['rng_seed']] : []),
    ...weighted.map(({path}) => [...path, 'probabilities']),
  ];
  return paths.map((path) => ({path, ofKey: true, message: `means nothing with \`method: ${method}\``}));
}

function drawnProblems({method, run_cap}: SweepSpec): Problem[] {
  if (run_cap === undefined)
    return [{path: ['method'], message: `${method} needs run_cap, the number of runs: its points have no end`}];
  return run_cap <= MOST_RUNS ? [] : [{path: ['run_cap'], message: `must be at most ${MOST_RUNS}, found ${run_cap}`}];
}

function filtersOf(file: YamlFile, key: 'where' | 'exclude', texts: string | string[] | undefined): Filter[] {
  return [texts ?? []].flat().map((text, i) => {
    const path: ConfigPath = Array.isArray(texts) ? [key, i] : [key];
    const givenBy = `${placeIn(file, path)}: ${key}`;
    return {text, givenBy, condition: parseWhere(text, givenBy)};
  });
}

/** The runs of a sweep; see {@link expand}. @throws UserError if there are none, or too many */
export function runsOf(sweep: Sweep, isKept: (run: RunSettings) => boolean): RunSettings[] {
  // One too many tells as much as all of them.
  const runs = expand({...sweep, runCap: Math.min(sweep.runCap ?? Number.POSITIVE_INFINITY, MOST_RUNS + 1)}, isKept);
  if (runs.length > MOST_RUNS)
    throw fileMistakes(sweep.file, [
      {
        path: ['parameters'],
        ofKey: true,
        message: `there are more than ${MOST_RUNS} runs, the most that are allowed; run_cap takes the first ones`,
      },
    ]);
  if (runs.length > 0) return runs;
  const key = sweep.where.length > 0 ? 'where' : 'exclude';
  throw fileMistakes(sweep.file, [{path: [key], message: 'no run is left'}]);
}
