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
  runPath,
  SWEEP_TABLE,
} from '../runs/index.js';
import {onDisk, readWholeText, writeWhole} from '../support/index.js';
import {goalOf, metricColumn, type PlannedRun, type SweepPlan} from './plan.js';

/** How far a run is, as its folder shows it. */
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
  /** The best value of the sweep's metric, or seconds to the target; null: none yet. */
  readonly value: number | null;
  /** The step of that value. */
  readonly valueStep: number | null;
  /** Seconds on the submission's clock. */
  readonly secondsToTarget: number | null;
  readonly submissionSeconds: number | null;
}

/** The folder of a planned run. */
export function pathOfRun(experimentDir: string, {experiment, run}: PlannedRun): string {
  return runPath(experimentDir, {experiment, workload: run.workload.name, trial: 1});
}

/** The runs as their folders show them, in the sweep's order. */
export function sweepRows({sweep, runs}: SweepPlan, experimentDir: string): SweepRow[] {
  return runs.map((run) => rowOf(run, pathOfRun(experimentDir, run), metricOf(sweep.metric?.name, run)));
}

/** The sweep's metric, by its column in a run's evaluations; or `time_to_target`. */
export function metricOf(name: string | undefined, {run}: PlannedRun): string {
  if (name === 'time_to_target') return name;
  return metricColumn(name ?? run.workload.target.metric);
}

function rowOf(run: PlannedRun, path: string, metric: string): SweepRow {
  const result = readResult(path);
  const seconds = result?.timeToTarget?.seconds ?? null;
  return {
    run,
    path,
    ...stateOfRun(path, result),
    ...bestOf(result, {run, path, metric}),
    secondsToTarget: seconds,
    submissionSeconds: result?.times.submission ?? null,
  };
}

/** How far the run of a folder is. */
export function stateOfRun(path: string, result: RunResult | undefined = readResult(path)): RunState {
  const globalStep = result?.globalStep ?? latestStep(path);
  const status = lockHolder(path) ? 'running' : (result?.status ?? (globalStep > 0 ? 'unfinished' : 'new'));
  return {status, reason: result?.reason ?? null, globalStep};
}

interface MetricOfRun {
  readonly run: PlannedRun;
  readonly path: string;
  readonly metric: string;
}

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

/** The rows, the best first by the sweep's metric; those without a value last, in the sweep's order. */
export function bestFirst(rows: readonly SweepRow[], metric: string): SweepRow[] {
  const sign = ({run}: SweepRow): number => (goalOf(metric, run.run.workload) === 'minimize' ? 1 : -1);
  return [...rows].sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    return sign(a) * (a.value - b.value);
  });
}

/** Writes the table. @returns whether it differs from what was there */
export function writeSweepTable(folder: string, plan: SweepPlan, rows: readonly SweepRow[]): boolean {
  const keys = plan.sweep.parameters.map(({key}) => key);
  const [first] = plan.runs;
  const metric = metricOf(plan.sweep.metric?.name, first!);
  const header = [
    'name',
    'workload',
    'submission',
    'seed',
    ...keys,
    'status',
    'global_step',
    ...(metric === 'time_to_target' ? [] : [metric]),
    'best_step',
    'time_to_target',
    'submission_time',
    'path',
  ];
  const lines = rows.map(({run, path, status, globalStep, value, valueStep, secondsToTarget, submissionSeconds}) =>
    formatRecord([
      run.name,
      run.run.workload.name,
      run.run.loaded.config.submission,
      run.seed,
      ...run.point.map((choice) => cell(choice.value)),
      status,
      globalStep,
      ...(metric === 'time_to_target' ? [] : [value ?? '']),
      valueStep ?? '',
      secondsToTarget ?? '',
      submissionSeconds ?? '',
      path,
    ]),
  );
  const path = join(folder, SWEEP_TABLE);
  const text = `${[formatRecord(header), ...lines].map((line) => line.trimEnd()).join('\n')}\n`;
  if (existsSync(path) && onDisk(path, () => readWholeText(path)) === text) return false;
  writeWhole(path, text);
  return true;
}

function cell(value: Json): string | number {
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value);
}
