import {loadWorkload} from '../../workloads/index.js';
import {
  type ConfigPath,
  type ConfigSource,
  fileMistakes,
  isWithin,
  keyNamed,
  keysOf,
  mistakesText,
  type Override,
  parsePath,
  placeIn,
  withChanges,
} from '../config/index.js';
import type {Json, Submission} from '../contract/index.js';
import {flatEntries, requireExperimentName} from '../runs/index.js';
import {count, counted, UserError} from '../support/index.js';
import {checkedRun, type LoadedRun, loadParts, type RunParts, readRunConfig} from '../training/index.js';
import type {RunSettings} from './expand.js';
import {holds, type Settings} from './filter.js';
import {requireMetric} from './metric.js';
import type {Choice} from './parameters.js';
import {runsOf, type Sweep} from './read-sweep.js';
import {type NamedSetting, runName, shortKeys} from './run-name.js';

/** One run of a sweep, checked. */
export interface PlannedRun extends RunSettings {
  /** By what differs between the sweep's runs; see `runName`. */
  readonly name: string;
  /** Its folder among the experiments: the sweep's name, then its own. */
  readonly experiment: string;
  /** What differs. */
  readonly settings: readonly NamedSetting[];
  /** The point as changes of the config. */
  readonly overrides: readonly Override[];
  readonly run: LoadedRun;
}

/** All runs of a sweep, each with its checked config. */
export interface SweepPlan {
  readonly sweep: Sweep;
  readonly runs: readonly PlannedRun[];
}

/** Loads what may be user code. @param named - the names and paths of what is loaded, and other texts of a config */
export type Load = <T>(work: () => Promise<T>, named: unknown) => Promise<T>;

/**
 * Expands a sweep and checks every run's config. Nothing is written.
 * @throws UserError listing the mistakes of all runs
 */
export async function planSweep(sweep: Sweep, load: Load = (work) => work()): Promise<SweepPlan> {
  requireExperimentName(sweep.name, `${placeIn(sweep.file, ['name'])}: name`);
  const bases = await loadBases(sweep, load);
  return {sweep, runs: checkedRuns(sweep, bases, runsOf(sweep, keptBy(sweep, bases)))};
}

/** The user's own modules that the runs of a sweep are made of. */
export function modulesOf({runs}: SweepPlan): string[] {
  const modules = [...new Set(runs.map(({run}) => run))].flatMap(
    ({modules: {submission, workload, schedules} = {}}) => [submission ?? [], workload ?? [], schedules ?? []],
  );
  return [...new Set(modules.flat(2))];
}

/** Whether a run passes the sweep's filters. */
function keptBy({where, exclude}: Sweep, bases: Bases): (run: RunSettings) => boolean {
  if (where.length + exclude.length === 0) return () => true;
  return (run) => {
    const settings = settingsOf(baseOf(bases, run), run);
    return where.every((filter) => holds(filter, settings)) && !exclude.some((filter) => holds(filter, settings));
  };
}

/** What the runs of one workload and submission have in common. */
interface Base {
  readonly source: ConfigSource;
  readonly parts: RunParts;
  /** The values of the config's keys that no parameter changes; null where there is none. */
  readonly values: ReadonlyMap<string, Json>;
  /** What choices change, by their places in the sweep's file: thousands of runs have few. */
  readonly changed: Map<ConfigPath, Omit<Override, 'value'>>;
  readonly checked: Map<RunSettings['point'], CheckedPoint>;
}

type Bases = ReadonlyMap<string, Base>;

function baseKey({workload, submission}: Pick<RunSettings, 'workload' | 'submission'>): string {
  return JSON.stringify([workload, submission]);
}

function baseOf(bases: Bases, run: RunSettings): Base {
  return bases.get(baseKey(run))!;
}

async function loadBases(sweep: Sweep, load: Load): Promise<Bases> {
  const {workloads, submissions, file} = sweep;
  const bases = new Map<string, Base>();
  const names: string[] = [];
  for (const [i, workload] of workloads.entries()) {
    // Before the config, which may be one of its samples.
    const givenBy = `${placeIn(file, ['workloads', i])}: workloads[${i}]`;
    const {name} = await load(() => loadWorkload(workload, givenBy), workload);
    const other = names.indexOf(name);
    if (other >= 0)
      throw new UserError(
        `${givenBy}: is called '${name}', as workloads[${other}] is, and the folders of their runs would be the same; give it another name`,
      );
    names.push(name);
    for (const [j, submission] of submissions.entries()) {
      const named = {workload, submission, config: sweep.config};
      const read = readRunConfig(named);
      const submissionGivenBy = `${placeIn(file, ['submissions', j])}: submissions[${j}]`;
      const source = submission === undefined ? read : {...read, submissionGivenBy};
      const parts = await load(() => loadParts(named, source), [source.submission, source.data]);
      bases.set(baseKey(named), baseFrom(sweep, source, parts));
    }
  }
  return bases;
}

/** @throws UserError if the sweep's parameters do not go together, or not with the submission or the workload */
function baseFrom(sweep: Sweep, source: ConfigSource, parts: RunParts): Base {
  const defaults = keysOf(parts.submission).map((key) => [key.path.join('.'), (key.default ?? null) as Json] as const);
  const values = new Map([...defaults, ...flatEntries(source.data as Json)]);
  requireConfigKeys(sweep, values);
  requireSeparateKeys(sweep, parts.submission);
  requireMetric(sweep, parts.workload);
  return {source, parts, values, changed: new Map(), checked: new Map()};
}

/** What a sweep's file lists beside its parameters, by the names that could be given to a parameter of it. */
const LISTS: ReadonlyMap<string, string> = new Map([
  ['submission', 'submissions'],
  ['submissions', 'submissions'],
  ['workload', 'workloads'],
  ['workloads', 'workloads'],
  ['seed', 'seeds'],
  ['seeds', 'seeds'],
  ['rng_seed', 'seeds'],
]);

/** @throws UserError if a parameter is what the file lists beside them, and no hyperparameter */
function requireConfigKeys({parameters, file}: Sweep, values: Base['values']): void {
  const problems = parameters.flatMap(({key, path}) => {
    const list = values.has(`hyperparameters.${key}`) ? undefined : LISTS.get(key);
    if (list === undefined) return [];
    return [{path, ofKey: true, message: `cannot be a parameter; give \`${list}\`, a list beside \`parameters\``}];
  });
  if (problems.length > 0) throw fileMistakes(file, problems);
}

/** @throws UserError if a parameter changes what another one does, by another name or as a part of it */
function requireSeparateKeys({parameters, file}: Sweep, submission: Submission): void {
  const paths = parameters.map(({key}) => parsePath(keyNamed(key, submission))!);
  const problems = parameters.flatMap(({key, path}, i) => {
    const other = paths.findIndex(
      (each, j) => j !== i && isWithin(paths[i]!, each) && (j < i || each.length < paths[i]!.length),
    );
    return other < 0
      ? []
      : [{path, ofKey: true, message: `${key} is set by the parameter ${parameters[other]!.key} already`}];
  });
  if (problems.length > 0) throw fileMistakes(file, problems);
}

function settingsOf({values, parts, source}: Base, {workload, submission, seed, point}: RunSettings): Settings {
  const own = new Map<string, Json>([
    ['workload', workload],
    ['submission', submission ?? source.submission],
    ['seed', seed],
  ]);
  const get = (key: string): Json | undefined => {
    const choice = point.find((each) => each.key === key || keyNamed(each.key, parts.submission) === key);
    return choice ? choice.value : (own.get(key) ?? values.get(key) ?? values.get(`hyperparameters.${key}`));
  };
  return {get, keys: () => [...new Set([...point.map(({key}) => key), ...own.keys(), ...values.keys()])]};
}

function checkedRuns(sweep: Sweep, bases: Bases, runs: readonly RunSettings[]): PlannedRun[] {
  const planned = runs.map((run) => {
    const base = baseOf(bases, run);
    // Seeds have a config in common.
    const point = base.checked.get(run.point) ?? checkedPoint(sweep, base, run);
    base.checked.set(run.point, point);
    return {run, point};
  });
  requireAll(planned.map(({point}) => point.found));
  const settingsOfRun = namedSettings(sweep);
  const keys = shortKeys(settingsOfRun(runs[0]!).map(({key}) => key));
  return planned.map(({run, point: {found, overrides}}) => {
    const settings = settingsOfRun(run);
    const name = runName(settings, keys);
    return {...run, name, experiment: `${sweep.name}/${name}`, settings, overrides, run: found as LoadedRun};
  });
}

/** A point's changes, and its checked config or what is wrong with it. */
interface CheckedPoint {
  readonly overrides: readonly Override[];
  readonly found: LoadedRun | UserError;
}

function requireAll(planned: readonly (LoadedRun | UserError)[]): void {
  const refused = planned.filter((found) => found instanceof UserError);
  if (refused.length === 0) return;
  const lines = refused.flatMap(({message}) => message.split('\n'));
  const advice = `${count(refused.length)} of ${counted(planned.length, 'run')} ${refused.length === 1 ? 'is' : 'are'} refused, so none is started; combinations that make no sense are left out by \`where\` or \`exclude\``;
  throw new UserError(`${mistakesText([...new Set(lines)])}\n${advice}`);
}

function checkedPoint(sweep: Sweep, base: Base, run: RunSettings): CheckedPoint {
  const {source, parts} = base;
  const overrides = run.point.map((choice): Override => {
    return {...changedBy(choice, sweep, base), value: choice.value ?? undefined};
  });
  try {
    return {overrides, found: checkedRun(run, withChanges(source, overrides), parts)};
  } catch (error) {
    if (error instanceof UserError) return {overrides, found: error};
    throw error;
  }
}

function changedBy({key: name, path: at}: Choice, sweep: Sweep, {parts, changed}: Base): Omit<Override, 'value'> {
  const known = changed.get(at);
  if (known) return known;
  const key = keyNamed(name, parts.submission);
  const change = {key, givenBy: `${placeIn(sweep.file, at)}: ${key}`, path: parsePath(key)!};
  changed.set(at, change);
  return change;
}

/** What a run's name is made of: every parameter but constants, the submission if the file lists some, and the seed. */
function namedSettings({parameters, submissions}: Sweep): (run: RunSettings) => NamedSetting[] {
  const isListed = parameters.map(({distribution}) => distribution !== 'constant');
  return (run) => [
    ...(submissions[0] === undefined ? [] : [{key: 'submission', value: run.submission!}]),
    ...run.point.filter((_, i) => isListed[i]).map(({key, value}) => ({key, value})),
    {key: 'seed', value: run.seed},
  ];
}
