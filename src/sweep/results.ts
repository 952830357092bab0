import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {
  FILES,
  formatRecord,
  latestStep,
  lockHolder,
  parseNumber,
  type RunResult,
  readResult,
  readTable,
  SWEEP_TABLE,
} from '../runs/index.js';
import {onDisk, readWholeText, writeWhole} from '../support/index.js';
import {keptReason, type ReasonOf} from './failures.js';
import {goalOf, metricOf} from './metric.js';
import type {PlannedRun, SweepPlan} from './plan.js';
import {pathOfOrder} from './sweep-record.js';

/** How far a run is, as its folder and the sweep's show it. */
export interface RunState {
  /** `new`: not begun; `unfinished`: begun, and no process is at work in it. */
  readonly status: RunResult['status'] | 'new' | 'running' | 'unfinished';
  readonly reason: string | null;
  readonly globalStep: number;
}

/** A run of a sweep as its folder shows it. */
export interface SweepRow extends RunState {
  readonly run: PlannedRun;
  readonly path: string;
  /** The sweep's, or the workload's own; see {@link metricOf}. */
  readonly metric: string;
  /** Its best value, or seconds to the target; null: none yet. */
  readonly value: number | null;
  /** The step of that value. */
  readonly valueStep: number | null;
  /** Seconds on the submission's clock. */
  readonly secondsToTarget: number | null;
  /** Whether they may count as official; null: there is no result that says so. */
  readonly official: boolean | null;
  /** Why not, in words. */
  readonly notOfficialBecause: readonly string[];
  readonly submissionSeconds: number | null;
}

/** The folder of a planned run. */
export function pathOfRun(experimentDir: string, {experiment, run}: PlannedRun): string {
  return pathOfOrder(experimentDir, {experiment, workloadName: run.workload.name});
}

/** The runs as their folders show them, in the sweep's order. @param reasonOf - default: what is kept in the sweep's folder */
export function sweepRows({sweep, runs}: SweepPlan, experimentDir: string, reasonOf?: ReasonOf): SweepRow[] {
  return runs.map((run) => {
    const metric = metricOf(sweep.metric?.name, run.run.workload);
    return rowOf({run, path: pathOfRun(experimentDir, run), metric}, reasonOf);
  });
}

function rowOf(place: MetricOfRun, reasonOf?: ReasonOf): SweepRow {
  const result = readResult(place.path);
  return {
    ...place,
    ...stateOfRun(place.path, {result, reasonOf}),
    ...bestOf(result, place),
    secondsToTarget: result?.timeToTarget?.seconds ?? null,
    official: result?.official ?? null,
    notOfficialBecause: result?.notOfficialBecause ?? [],
    submissionSeconds: result?.times.submission ?? null,
  };
}

/** How far the run of a folder is. */
export function stateOfRun(
  path: string,
  {result, reasonOf = keptReason}: {readonly result: RunResult | undefined; readonly reasonOf?: ReasonOf | undefined},
): RunState {
  const globalStep = result?.globalStep ?? latestStep(path);
  if (lockHolder(path)) return {status: 'running', reason: result?.reason ?? null, globalStep};
  // What another command has made of the run since is in its folder alone.
  const failure = !result || result.status === 'failed' ? reasonOf(path) : undefined;
  if (failure !== undefined) return {status: 'failed', reason: failure, globalStep};
  return {
    status: result?.status ?? (globalStep > 0 ? 'unfinished' : 'new'),
    reason: result?.reason ?? null,
    globalStep,
  };
}

type MetricOfRun = Pick<SweepRow, 'run' | 'path' | 'metric'>;

function bestOf(
  result: RunResult | undefined,
  {run, path, metric}: MetricOfRun,
): Pick<SweepRow, 'value' | 'valueStep'> {
  if (!result) return {value: null, valueStep: null};
  const {best, timeToTarget} = result;
  if (metric === 'time_to_target')
    return {value: timeToTarget?.seconds ?? null, valueStep: timeToTarget?.globalStep ?? null};
  if (metric === `validation/${result.metric}`)
    return {value: best?.value ?? null, valueStep: best?.globalStep ?? null};
  const sign = goalOf(metric, run.run.workload) === 'minimize' ? 1 : -1;
  const rows = readTable(join(path, FILES.evaluations))
    .map((row) => ({value: parseNumber(row[metric]), valueStep: parseNumber(row.global_step)}))
    .filter(({value}) => !Number.isNaN(value))
    .sort((a, b) => sign * (a.value - b.value));
  return rows[0] ?? {value: null, valueStep: null};
}

/** The rows, each workload's by themselves: the best first by their metric, those without a value last, in the sweep's order. */
export function bestFirst(rows: readonly SweepRow[]): SweepRow[] {
  const workloads = [...new Set(rows.map(({run}) => run.workload))];
  return workloads.flatMap((workload) => rows.filter(({run}) => run.workload === workload).sort(byValue));
}

/** Of two rows of a workload. */
function byValue(a: SweepRow, b: SweepRow): number {
  if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
  return goalOf(a.metric, a.run.run.workload) === 'minimize' ? a.value - b.value : b.value - a.value;
}

/** The metric that all rows have; undefined: there are several. */
export function sharedMetric(rows: readonly SweepRow[]): string | undefined {
  const metrics = new Set(rows.map(({metric}) => metric));
  return metrics.size === 1 ? rows[0]!.metric : undefined;
}

/** The table of a sweep, and whether it differs from what was there. */
export interface WrittenTable {
  readonly path: string;
  readonly isNew: boolean;
}

/** Writes the table. @throws UserError if it can't be written */
export function writeSweepTable(folder: string, {sweep}: SweepPlan, rows: readonly SweepRow[]): WrittenTable {
  const metric = sharedMetric(rows);
  const header = [
    'name',
    'workload',
    'submission',
    'seed',
    ...sweep.parameters.map(({key}) => key),
    'status',
    'global_step',
    ...(metric === 'time_to_target' ? [] : metric === undefined ? ['metric', 'value'] : [metric]),
    'best_step',
    'time_to_target',
    'official',
    'not_official_because',
    'submission_time',
    'path',
  ];
  const lines = [header, ...rows.map((row) => cellsOf(row, metric))].map((cells) => formatRecord(cells).trimEnd());
  const path = join(folder, SWEEP_TABLE);
  const text = `${lines.join('\n')}\n`;
  if (existsSync(path) && onDisk(path, () => readWholeText(path)) === text) return {path, isNew: false};
  writeWhole(path, text);
  return {path, isNew: true};
}

/** @param shared - the metric of all rows: it is named by the column alone */
function cellsOf({run, metric, value, ...row}: SweepRow, shared: string | undefined): (string | number)[] {
  return [
    run.name,
    run.run.workload.name,
    run.run.loaded.config.submission,
    run.seed,
    ...run.point.map((choice) => cell(choice.value)),
    row.status,
    row.globalStep,
    ...(shared === undefined ? [metric] : []),
    ...(shared === 'time_to_target' ? [] : [value ?? '']),
    row.valueStep ?? '',
    row.secondsToTarget ?? '',
    row.official === null ? '' : String(row.official),
    row.notOfficialBecause.join('; '),
    row.submissionSeconds ?? '',
    row.path,
  ];
}

function cell(value: Json): string | number {
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
