import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {join, relative, resolve, sep} from 'node:path';
import {closestName, onDisk, UserError} from '../support/index.js';
import {latestStep} from './checkpoints.js';
import {parseNumber} from './csv.js';
import {FILES, numbered, parseRunPath} from './layout.js';
import {lockHolder} from './lock.js';
import {type Mark, type RunResult, readResult} from './result.js';
import {readTable} from './tables.js';

export type RunStatus = 'running' | 'interrupted' | 'damaged' | RunResult['status'];

/** A run as its files tell of it; nothing of this is stored. */
export interface RunSummary {
  readonly experiment: string;
  /** Counts from 1; null: the run is of no study. */
  readonly study: number | null;
  readonly workload: string;
  readonly trial: number;
  readonly path: string;
  /** `running`: a live process holds the lock; `interrupted`: none does, and there is no result; `damaged`: see `damage`. */
  readonly status: RunStatus;
  /** What of its files can't be read; null where nothing is known of. */
  readonly damage: string | null;
  readonly globalStep: number;
  readonly metric: string;
  readonly best: {readonly value: number; readonly globalStep: number} | null;
  readonly timeToTarget: Mark | null;
  /** Seconds on the submission's clock. */
  readonly submissionSeconds: number;
  /** When the run was begun, ISO 8601. */
  readonly begun: string;
}

/** The runs below an experiment folder, the oldest first. */
export function listRuns(experimentDir: string): RunSummary[] {
  return runFolders(experimentDir)
    .flatMap((path) => summaryOf(experimentDir, path) ?? [])
    .sort((a, b) => a.begun.localeCompare(b.begun) || a.experiment.localeCompare(b.experiment));
}

/** The names of the experiments below a folder. */
export function experimentsIn(experimentDir: string): string[] {
  const names = runFolders(experimentDir).flatMap(
    (path) => parseRunPath(relative(experimentDir, path))?.experiment ?? [],
  );
  return [...new Set(names)].sort();
}

/** Folders of the form `<experiment>/[study_k/]<workload>_tfjs/trial_n` that hold a config. */
function runFolders(folder: string, depth = 0): string[] {
  if (depth > 8 || !existsSync(folder)) return [];
  if (existsSync(join(folder, FILES.config)) && parseRunPath(folder)) return [folder];
  return onDisk(folder, () => readdirSync(folder, {withFileTypes: true}))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({name}) => runFolders(join(folder, name), depth + 1));
}

/**
 * The run of an experiment's name, of a folder that holds it, or of the only experiment that begins so.
 * @param name - folders are relative to the experiment folder or to where the tool is started
 * @throws UserError if there is none, or if there are several
 */
export function findRun(experimentDir: string, name: string): RunSummary {
  const runs = listRuns(experimentDir);
  const places = [resolve(experimentDir, name), resolve(name)].map((place) => place + sep);
  const found = [
    runs.filter(({experiment}) => experiment === name),
    runs.filter(({path}) => places.some((place) => (resolve(path) + sep).startsWith(place))),
    runs.filter(({experiment}) => experiment.startsWith(name)),
  ].find(({length}) => length > 0);
  if (found?.length === 1) return found[0]!;
  if (found) {
    const names = found.map(({experiment}) => experiment);
    // One experiment may hold runs of several workloads: their folders tell them apart.
    const told = new Set(names).size === names.length ? names : found.map(({path}) => relative(experimentDir, path));
    throw new UserError(`several runs begin with '${name}': ${told.join(', ')}`);
  }
  const known = runs.map(({experiment}) => experiment);
  const close = closestName(name, known);
  const hint = close
    ? ` Did you mean \`${close}\`?`
    : known.length > 0
      ? ` The latest are: ${known.slice(-5).join(', ')}.`
      : '';
  throw new UserError(`there is no run '${name}' in ${experimentDir}.${hint}`);
}

function summaryOf(experimentDir: string, path: string): RunSummary | undefined {
  const named = parseRunPath(relative(experimentDir, path));
  if (!named) return undefined;
  const hasResult = existsSync(join(path, FILES.result));
  const result = readResult(path);
  const meta = readMeta(path);
  const {rows, damage: damagedTable} = readEvaluations(path);
  const damage = hasResult && !result ? `${FILES.result} holds no result of a run` : damagedTable;
  const last = rows.at(-1);
  const metric = meta.metric ?? 'accuracy';
  return {
    experiment: named.experiment,
    study: named.study ?? null,
    workload: named.workload,
    trial: named.trial,
    path,
    status: lockHolder(path) ? 'running' : damage ? 'damaged' : (result?.status ?? 'interrupted'),
    damage,
    globalStep: result?.globalStep ?? Math.max(last ? parseNumber(last.global_step) : 0, latestStep(path)),
    metric,
    best: result ? result.best : bestOf(rows, metric, meta.goal),
    timeToTarget: result ? result.timeToTarget : firstAtTarget(rows, metric, meta),
    submissionSeconds: result?.times.submission ?? (last ? parseNumber(last.accumulated_submission_time) : 0),
    begun: meta.begun ?? statSync(path).mtime.toISOString(),
  };
}

/** One run that can't be read must not hide the others. */
function readEvaluations(path: string): {rows: Rows; damage: string | null} {
  try {
    return {rows: readTable(join(path, FILES.evaluations)), damage: null};
  } catch (error) {
    return {rows: [], damage: `${FILES.evaluations} can't be read (${(error as Error).message})`};
  }
}

interface Meta {
  readonly metric?: string | undefined;
  readonly goal?: string | undefined;
  readonly target?: number | undefined;
  readonly begun?: string | undefined;
}

function readMeta(path: string): Meta {
  try {
    const meta = JSON.parse(readFileSync(join(path, numbered('meta_data', 0)), 'utf8'));
    const text = (name: string): string | undefined => (typeof meta[name] === 'string' ? meta[name] : undefined);
    const target = meta['workload.validation_target_value'];
    return {
      metric: text('workload.target_metric_name'),
      goal: text('workload.target_goal'),
      target: typeof target === 'number' ? target : undefined,
      begun: text('begun'),
    };
  } catch {
    return {};
  }
}

type Rows = ReturnType<typeof readTable>;

function bestOf(rows: Rows, metric: string, goal = 'maximize'): RunSummary['best'] {
  const sign = goal === 'maximize' ? 1 : -1;
  const measured = rows
    .filter((row) => !/nan|inf/.test(row['validation/loss'] ?? ''))
    .map((row) => ({value: parseNumber(row[`validation/${metric}`]), globalStep: parseNumber(row.global_step)}))
    .filter(({value}) => Number.isFinite(value));
  return measured.reduce<RunSummary['best']>(
    (best, next) => (best && sign * best.value >= sign * next.value ? best : next),
    null,
  );
}

function firstAtTarget(rows: Rows, metric: string, {goal = 'maximize', target}: Meta): Mark | null {
  if (target === undefined) return null;
  const row = rows.find((candidate) => {
    const value = parseNumber(candidate[`validation/${metric}`]);
    return goal === 'maximize' ? value > target : value < target;
  });
  return row ? {globalStep: parseNumber(row.global_step), seconds: parseNumber(row.accumulated_submission_time)} : null;
}
