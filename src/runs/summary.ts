import {existsSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import type {Json} from '../contract/index.js';
import {bestEvaluation, firstAtTarget, type TargetRule} from '../metrics/index.js';
import {readCheckedTable} from './checked-table.js';
import {latestStep} from './checkpoints.js';
import {parseNumber} from './csv.js';
import type {UnreadableFolder} from './find-folders.js';
import {FILES, numbered, parseRunPath, type RunLocation} from './layout.js';
import {lockHolder} from './lock.js';
import {idOf, misplacement, recordedId} from './recorded-place.js';
import {isPremature, type Mark, type RunResult, readResult, resultStatuses} from './result.js';
import {readMapping} from './settings.js';
import {targetRuleIn} from './target-facts.js';

/** How a run may stand. */
export const runStatuses = Object.freeze([
  'running',
  'interrupted',
  'damaged',
  'unreadable',
  ...resultStatuses,
] as const);

export type RunStatus = (typeof runStatuses)[number];

/** A run as its files describe it; nothing of this is stored. */
export interface RunSummary {
  /** Its number in the list of all runs, the oldest first; counts from 1. */
  readonly index: number;
  /**
   * Ten hexadecimal digits, made from when and as what the run was started: a run that is moved keeps its id, and a copy shares
   * it.
   */
  readonly id: string;
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
  /** What of its files can't be read, or that its folders are not those of its record; null where nothing is known of. */
  readonly damage: string | null;
  readonly globalStep: number;
  /** The target's metric; null where the run's files do not name it. */
  readonly metric: string | null;
  readonly best: {readonly value: number; readonly globalStep: number} | null;
  readonly timeToTarget: Mark | null;
  /** Seconds on the submission's clock. */
  readonly submissionSeconds: number;
  /** Null where there is no result yet. */
  readonly official: boolean | null;
  /** Why not, in words; empty: nothing is known that speaks against it. */
  readonly notOfficialBecause: readonly string[];
  /** When the run was started, ISO 8601; null where that is not known. */
  readonly begun: string | null;
  /** Null where the run's files do not name it, as for `backend`. */
  readonly seed: number | null;
  /** `tensorflow`, `wasm` or `cpu`. */
  readonly backend: string | null;
  /** What the engine computed on: `cpu` or `gpu`. */
  readonly device: string | null;
}

/** A summary before its run has a place in the list. */
export type UnlistedRun = Omit<RunSummary, 'index'>;

/** A run's summary; one that can't be read hides no other. */
export function summaryOf(experimentDir: string, path: string): UnlistedRun {
  try {
    return readSummary(experimentDir, path);
  } catch (error) {
    return unreadableSummary(experimentDir, {path, reason: `it can't be read (${(error as Error).message})`});
  }
}

/** The row of a folder that can't be looked into. */
export function unreadableSummary(experimentDir: string, {path, reason}: UnreadableFolder): UnlistedRun {
  const below = relative(experimentDir, path);
  const {experiment = below, study = null, workload = null, trial = null} = parseRunPath(below) ?? {};
  return {
    id: idOf(below),
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
    notOfficialBecause: [],
    begun: null,
    seed: null,
    backend: null,
    device: null,
  };
}

/**
 * Of a run that is over the result is read and its table is not: a list of many runs would take several times as long.
 */
function readSummary(experimentDir: string, path: string): UnlistedRun {
  const place = relative(experimentDir, path);
  const {experiment, study = null, workload, trial} = parseRunPath(place)!;
  const meta = readMapping(path, numbered('meta_data', 0)) ?? {};
  const begun = textIn(meta, 'begun');
  const result = readResult(path);
  const found = result ? stateOfResult(result) : stateOfTables(path, meta);
  const wrong = misplacement(path, meta);
  const state = wrong === undefined ? found : misplacedState(found, wrong);
  return {
    id: recordedId(meta) ?? idOf(place),
    experiment,
    study,
    workload,
    trial,
    path,
    ...state,
    status: lockHolder(path) ? 'running' : state.status,
    begun: begun ?? statSync(path).mtime.toISOString(),
    seed: typeof meta.rng_seed === 'number' ? meta.rng_seed : null,
    backend: textIn(meta, 'backend'),
    device: textIn(meta, 'device'),
  };
}

type RunState = Omit<UnlistedRun, keyof RunLocation | 'id' | 'path' | 'begun' | 'seed' | 'backend' | 'device'>;

function stateOfResult(result: RunResult): RunState {
  const {status, globalStep, metric, best, timeToTarget, times, official = null, notOfficialBecause = []} = result;
  const submissionSeconds = times.submission;
  return {
    status,
    damage: null,
    globalStep,
    metric,
    best,
    timeToTarget,
    submissionSeconds,
    official,
    notOfficialBecause,
  };
}

function misplacedState(found: RunState, wrong: string): RunState {
  const notOfficialBecause = [...found.notOfficialBecause, wrong];
  return {...found, status: 'damaged', damage: wrong, official: false, notOfficialBecause};
}

function stateOfTables(path: string, meta: {readonly [key: string]: Json}): RunState {
  const rule = targetRuleIn(meta);
  const {rows, damage: damagedTable} = readCheckedTable(join(path, FILES.evaluations));
  const evaluations = rows.map(measured);
  const damage = damageOfResult(path) ?? damagedTable;
  const last = evaluations.at(-1)?.metrics;
  return {
    status: damage ? 'damaged' : 'interrupted',
    damage,
    globalStep: Math.max(last?.global_step ?? 0, latestStep(path)),
    metric: rule?.metric ?? null,
    ...judged(evaluations, rule),
    submissionSeconds: last?.accumulated_submission_time ?? 0,
    official: null,
    notOfficialBecause: Array.isArray(meta.not_official_because) ? meta.not_official_because.map(String) : [],
  };
}

function damageOfResult(path: string): string | undefined {
  if (isPremature(path)) return `${FILES.result} was written before the run had ended: ${FILES.lock} is still there`;
  return existsSync(join(path, FILES.result)) ? `${FILES.result} holds no result of a run` : undefined;
}

function textIn(meta: {readonly [key: string]: Json}, key: string): string | null {
  const value = meta[key];
  return typeof value === 'string' ? value : null;
}

/** A row of the evaluations' table: every column as a number. */
interface RowOfMetrics {
  readonly metrics: {readonly [column: string]: number};
}

function measured(row: {readonly [column: string]: string}): RowOfMetrics {
  return {metrics: Object.fromEntries(Object.entries(row).map(([column, text]) => [column, parseNumber(text)]))};
}

/** Derives the status of a run without a result from its evaluations. */
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
