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
import {metricNames} from '../metrics/index.js';
import {flatEntries, requireExperimentName} from '../runs/index.js';
import {closestName, count, UserError} from '../support/index.js';
import {checkedRun, type LoadedRun, loadParts, type RunParts, readRunConfig} from '../training/index.js';
import type {RunSettings} from './expand.js';
import {holds, type Settings} from './filter.js';
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

/** Loads what may be user code. */
export type Load = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Expands a sweep and checks every run's config. Nothing is written.
 * @throws UserError listing the mistakes of all runs
 */
export async function planSweep(sweep: Sweep, load: Load = (work) => work()): Promise<SweepPlan> {
  requireExperimentName(sweep.name);
  const bases = await load(() => loadBases(sweep));
  for (const base of bases.values()) requireMetric(sweep, base.parts);
  return {sweep, runs: checkedRuns(sweep, bases, runsOf(sweep, keptBy(sweep, bases)))};
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
}

type Bases = ReadonlyMap<string, Base>;

function baseKey({workload, submission}: Pick<RunSettings, 'workload' | 'submission'>): string {
  return JSON.stringify([workload, submission]);
}

function baseOf(bases: Bases, run: RunSettings): Base {
  return bases.get(baseKey(run))!;
}

async function loadBases(sweep: Sweep): Promise<Bases> {
  const {workloads, submissions, config, parameters, file} = sweep;
  const chosen = parameters.find(({key}) => key === 'submission');
  if (chosen)
    throw fileMistakes(file, [
      {path: chosen.path, ofKey: true, message: 'submissions are listed by `submissions`, beside `workloads`'},
    ]);
  const bases = new Map<string, Base>();
  for (const [i, workload] of workloads.entries()) {
    // Before the config, which may be one of its samples.
    await loadWorkload(workload, `${placeIn(file, ['workloads', i])}: workloads[${i}]`);
    for (const submission of submissions) {
      const named = {workload, submission, config};
      const source = readRunConfig(named);
      const parts = await loadParts(named, source);
      const defaults = keysOf(parts.submission).map(
        (key) => [key.path.join('.'), (key.default ?? null) as Json] as const,
      );
      const values = new Map([...defaults, ...flatEntries(source.data as Json)]);
      bases.set(baseKey(named), {source, parts, values, changed: new Map()});
      requireSeparateKeys(sweep, parts.submission);
    }
  }
  return bases;
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
  const own: {readonly [key: string]: Json} = {workload, submission: submission ?? source.submission, seed};
  const get = (key: string): Json | undefined => {
    const choice = point.find((each) => each.key === key || keyNamed(each.key, parts.submission) === key);
    return choice ? choice.value : (own[key] ?? values.get(key) ?? values.get(`hyperparameters.${key}`));
  };
  return {get, keys: () => [...new Set([...point.map(({key}) => key), ...Object.keys(own), ...values.keys()])]};
}

/** @throws UserError unless every workload has the metric, with the goal that is asked for */
function requireMetric({metric, file}: Sweep, {workload}: RunParts): void {
  if (!metric || (metric.name === 'time_to_target' && metric.goal !== 'maximize')) return;
  const names = metricNames(workload);
  const name = metricColumn(metric.name);
  const known = [...names, ...Object.keys(workload.metrics), 'time_to_target'];
  if (!names.includes(name) && metric.name !== 'time_to_target') {
    const close = closestName(metric.name, known);
    const hint = close === undefined ? `there are: ${known.join(', ')}` : `did you mean \`${close}\`?`;
    throw fileMistakes(file, [
      {path: ['metric', 'name'], message: `${workload.name} has no metric '${metric.name}'; ${hint}`},
    ]);
  }
  const goal = goalOf(metric.name, workload);
  if (metric.goal === undefined || metric.goal === goal) return;
  throw fileMistakes(file, [
    {path: ['metric', 'goal'], message: `${metric.name} is to ${goal} in ${workload.name}, found ${metric.goal}`},
  ]);
}

/** The column of a metric in a run's evaluations; one without a split is that of validation. */
export function metricColumn(name: string): string {
  return name.includes('/') ? name : `validation/${name}`;
}

/** What is better of a metric: by the workload's own word. */
export function goalOf(name: string, workload: RunParts['workload']): 'minimize' | 'maximize' {
  if (name === 'time_to_target') return 'minimize';
  return workload.metrics[name.slice(name.indexOf('/') + 1)]!;
}

function checkedRuns(sweep: Sweep, bases: Bases, runs: readonly RunSettings[]): PlannedRun[] {
  const checked = new Map<string, CheckedPoint>();
  const planned = runs.map((run) => {
    // Seeds have a config in common.
    const key = JSON.stringify([baseKey(run), run.point.map(({value}) => value)]);
    const point = checked.get(key) ?? checkedPoint(sweep, baseOf(bases, run), run);
    checked.set(key, point);
    return {run, point};
  });
  requireAll(
    [...checked.values()].map(({found}) => found),
    planned.map(({point}) => point.found),
  );
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

function requireAll(checked: readonly (LoadedRun | UserError)[], planned: readonly (LoadedRun | UserError)[]): void {
  const lines = checked.flatMap((found) => (found instanceof UserError ? found.message.split('\n') : []));
  if (lines.length === 0) return;
  const refused = planned.filter((found) => found instanceof UserError).length;
  const advice = `${count(refused)} of ${count(planned.length)} runs are refused, so none is started; combinations that make no sense are left out by \`where\` or \`exclude\``;
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

/** What is in a run's name: what the file lists several of, or could. */
function namedSettings({parameters, submissions}: Sweep): (run: RunSettings) => NamedSetting[] {
  const isListed = parameters.map(({distribution}) => distribution !== 'constant');
  return (run) => [
    ...(submissions[0] === undefined ? [] : [{key: 'submission', value: run.submission!}]),
    ...run.point.filter((_, i) => isListed[i]).map(({key, value}) => ({key, value})),
    {key: 'seed', value: run.seed},
  ];
}
