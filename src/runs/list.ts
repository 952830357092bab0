import {existsSync, readFileSync, realpathSync, statSync} from 'node:fs';
import {join, relative, resolve, sep} from 'node:path';
import {bestEvaluation, firstAtTarget, type TargetRule} from '../metrics/index.js';
import {closestName, UserError} from '../support/index.js';
import {latestStep} from './checkpoints.js';
import {parseNumber} from './csv.js';
import {findFolders, type UnreadableFolder} from './find-folders.js';
import {FILES, numbered, parseRunPath, type RunLocation} from './layout.js';
import {lockHolder} from './lock.js';
import {type Mark, type RunResult, readResult} from './result.js';
import {readTable} from './tables.js';
import {targetRuleIn} from './target-facts.js';

export type RunStatus = 'running' | 'interrupted' | 'damaged' | 'unreadable' | RunResult['status'];

/** A run as its files tell of it; nothing of this is stored. */
export interface RunSummary {
  readonly experiment: string;
  /** Counts from 1; null: the run is of no study. */
  readonly study: number | null;
  /** Null where a folder that can't be read may hold runs. */
  readonly workload: string | null;
  readonly trial: number | null;
  readonly path: string;
  /**
   * `running`: a live process holds the lock; `interrupted`: none does, and there is no result; `damaged`, `unreadable`: see
   * `damage`.
   */
  readonly status: RunStatus;
  /** What of its files can't be read; null where nothing is known of. */
  readonly damage: string | null;
  readonly globalStep: number;
  /** The target's metric; null where the run's files don't tell it. */
  readonly metric: string | null;
  readonly best: {readonly value: number; readonly globalStep: number} | null;
  readonly timeToTarget: Mark | null;
  /** Seconds on the submission's clock. */
  readonly submissionSeconds: number;
  /** Null where there is no result yet. */
  readonly official: boolean | null;
  /** When the run was begun, ISO 8601; null where that can't be told. */
  readonly begun: string | null;
}

/** The runs below an experiment folder, the oldest first; then what can't be read, as rows that say so. */
export function listRuns(experimentDir: string): RunSummary[] {
  const {runs, unreadable} = findFolders(experimentDir);
  const text = ({begun, experiment, path}: RunSummary) => [begun ?? '~', experiment, path].join('\0');
  return [
    ...runs.map((path) => readable(experimentDir, path)),
    ...unreadable.map((folder) => unreadableRun(experimentDir, folder)),
  ].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

/** A run of which something can't be read hides no other. */
function readable(experimentDir: string, path: string): RunSummary {
  try {
    return summaryOf(experimentDir, path);
  } catch (error) {
    return unreadableRun(experimentDir, {path, reason: `it can't be read (${(error as Error).message})`});
  }
}

function unreadableRun(experimentDir: string, {path, reason}: UnreadableFolder): RunSummary {
  const below = relative(experimentDir, path);
  const {experiment = below, study = null, workload = null, trial = null} = parseRunPath(below) ?? {};
  return {
    experiment,
    study,
    workload,
    trial,
    path,
    status: 'unreadable',
    damage: reason,
    globalStep: 0,
    metric: null,
    best: null,
    timeToTarget: null,
    submissionSeconds: 0,
    official: null,
    begun: null,
  };
}

/** The names of the experiments below a folder. */
export function experimentsIn(experimentDir: string): string[] {
  const names = findFolders(experimentDir).runs.map((path) => locationIn(experimentDir, path).experiment);
  return [...new Set(names)].sort();
}

function locationIn(experimentDir: string, path: string): RunLocation {
  return parseRunPath(relative(experimentDir, path))!;
}

/**
 * The run of an experiment's name, of a folder that holds it, or of the only experiment that begins so.
 * @param name - folders are relative to the experiment folder or to where the tool is started
 * @throws UserError if there is none, or if there are several
 */
export function findRun(experimentDir: string, name: string): RunSummary {
  const {named, begun} = matching(experimentDir, name);
  const found = named.length > 0 ? named : begun;
  if (found.length === 1) return found[0]!;
  const names = found.map(({experiment}) => experiment);
  // One experiment may hold runs of several workloads: their folders tell them apart.
  const told = new Set(names).size === names.length ? names : found.map(({path}) => relative(experimentDir, path));
  throw new UserError(`several runs begin with '${name}': ${told.join(', ')}`);
}

/**
 * All runs of an experiment's name, of a folder that holds them, or of the only experiment that begins so.
 * @param name - as for {@link findRun}
 * @throws UserError if there is none, or if several experiments begin so
 */
export function findRuns(experimentDir: string, name: string): RunSummary[] {
  const {named, begun} = matching(experimentDir, name);
  if (named.length > 0) return named;
  const experiments = [...new Set(begun.map(({experiment}) => experiment))];
  if (experiments.length === 1) return begun;
  throw new UserError(`several experiments begin with '${name}': ${experiments.join(', ')}`);
}

interface Matching {
  /** Those of the experiment, or below the folder, of that name. */
  readonly named: RunSummary[];
  /** Those of experiments that begin so. */
  readonly begun: RunSummary[];
}

/** @throws UserError if there is none */
function matching(experimentDir: string, name: string): Matching {
  const runs = listRuns(experimentDir);
  const places = [resolve(experimentDir, name), resolve(name)].map((place) => realPath(place) + sep);
  const ofExperiment = runs.filter(({experiment}) => experiment === name);
  const below = runs.filter(({path}) => places.some((place) => (realPath(path) + sep).startsWith(place)));
  const begun = runs.filter(({experiment}) => experiment.startsWith(name));
  if (ofExperiment.length > 0) return {named: ofExperiment, begun};
  if (below.length > 0 || begun.length > 0) return {named: below, begun};
  const known = runs.map(({experiment}) => experiment);
  const close = closestName(name, known);
  const hint = close
    ? ` Did you mean \`${close}\`?`
    : known.length > 0
      ? ` The latest are: ${known.slice(-5).join(', ')}.`
      : '';
  throw new UserError(`there is no run '${name}' in ${experimentDir}.${hint}`);
}

/** Where links lead; an absolute path as it is where nothing is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function summaryOf(experimentDir: string, path: string): RunSummary {
  const named = locationIn(experimentDir, path);
  const hasResult = existsSync(join(path, FILES.result));
  const result = readResult(path);
  const meta = readMeta(path);
  const {evaluations, damage: damagedTable} = readEvaluations(path);
  const damage = hasResult && !result ? `${FILES.result} holds no result of a run` : damagedTable;
  const last = evaluations.at(-1)?.metrics;
  const {best, timeToTarget} = result ?? judged(evaluations, meta.target);
  return {
    experiment: named.experiment,
    study: named.study ?? null,
    workload: named.workload,
    trial: named.trial,
    path,
    status: lockHolder(path) ? 'running' : damage ? 'damaged' : (result?.status ?? 'interrupted'),
    damage,
    globalStep: result?.globalStep ?? Math.max(last?.global_step ?? 0, latestStep(path)),
    metric: result?.metric ?? meta.target?.metric ?? null,
    best,
    timeToTarget,
    submissionSeconds: result?.times.submission ?? last?.accumulated_submission_time ?? 0,
    official: result?.official ?? null,
    begun: meta.begun ?? statSync(path).mtime.toISOString(),
  };
}

/** One run that can't be read must not hide the others. */
function readEvaluations(path: string): {evaluations: readonly RowOfMetrics[]; damage: string | null} {
  try {
    return {evaluations: readTable(join(path, FILES.evaluations)).map(measured), damage: null};
  } catch (error) {
    return {evaluations: [], damage: `${FILES.evaluations} can't be read (${(error as Error).message})`};
  }
}

/** A row of the evaluations' table: every column as a number. */
interface RowOfMetrics {
  readonly metrics: {readonly [column: string]: number};
}

function measured(row: {readonly [column: string]: string}): RowOfMetrics {
  return {metrics: Object.fromEntries(Object.entries(row).map(([column, text]) => [column, parseNumber(text)]))};
}

interface Meta {
  readonly target?: TargetRule | undefined;
  readonly begun?: string | undefined;
}

function readMeta(path: string): Meta {
  try {
    const meta = JSON.parse(readFileSync(join(path, numbered('meta_data', 0)), 'utf8'));
    return {target: targetRuleIn(meta), begun: typeof meta.begun === 'string' ? meta.begun : undefined};
  } catch {
    return {};
  }
}

/** Judges a run that has no result by its evaluations. */
function judged(
  evaluations: readonly RowOfMetrics[],
  rule: TargetRule | undefined,
): Pick<RunSummary, 'best' | 'timeToTarget'> {
  const best = rule && bestEvaluation(evaluations, rule);
  const first = rule && firstAtTarget(evaluations, rule, 'validation');
  return {
    best: best ? {value: best.metrics[`validation/${rule.metric}`]!, globalStep: best.metrics.global_step!} : null,
    timeToTarget: first
      ? {globalStep: first.metrics.global_step!, seconds: first.metrics.accumulated_submission_time!}
      : null,
  };
}
