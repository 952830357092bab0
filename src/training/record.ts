import {join} from 'node:path';
import type {EvalResult, Json, Program, Workload} from '../contract/index.js';
import {renderChart, scheduleChart} from '../plots/index.js';
import {
  appendJsonLine,
  extentOf,
  FILES,
  FOLDERS,
  type Lock,
  openTable,
  type Row,
  saveCheckpoint,
  type Table,
} from '../runs/index.js';
import {checkedDrawing} from '../submissions/index.js';
import type {Times} from './clock.js';
import {createRecordQueue} from './record-queue.js';
import {bestEvaluation, hasFiniteLoss, type TimedEvaluation} from './targets.js';
import type {Position, TrialRecord, Watcher} from './trial-types.js';

export interface RecordOptions {
  /** The run's folder. */
  readonly path: string;
  readonly lock: Lock;
  readonly workload: Workload;
  /** The name or path of the submission. */
  readonly submission: string;
  readonly watcher: Watcher;
  readonly keepLast: number;
  readonly keepBest: boolean;
  /** How often the run was begun before. */
  readonly preemptionCount: number;
  /** Pictures of the schedule drawn before. */
  readonly plotCount: number;
  /** The run's evaluations; the loop appends to it. */
  readonly evaluations: readonly TimedEvaluation[];
}

/** The record of a run in its folder. */
export interface RunRecord extends TrialRecord {
  /** AlgoPerf's last row of `measurements.csv`, which holds the score alone. */
  finish(globalStep: number, score: number): void;
  close(): void;
}

export function openRecord(options: RecordOptions): RunRecord {
  const {path, workload, watcher, preemptionCount} = options;
  const tables = new Map<string, Table>();
  const tableOf = (file: string, columns: readonly string[]): Table => {
    const table = tables.get(file) ?? openTable(join(path, file), columns);
    tables.set(file, table);
    return table;
  };
  const measurements = () =>
    tableOf(FILES.measurements, [...new Set(['global_step', 'grad_norm', 'loss', ...evaluationColumns(workload)])]);
  const event = (
    globalStep: number,
    name: string,
    message: string,
    data: {readonly [name: string]: Json} = {},
  ): void => {
    appendJsonLine(join(path, FILES.events), {
      time: new Date().toISOString(),
      global_step: globalStep,
      event: name,
      message,
      ...data,
    });
    watcher.event({globalStep, name, message});
  };
  const queue = createRecordQueue(
    {
      async schedule(globalStep, plotNumber, drawing) {
        const stem = join(path, FOLDERS.plots, `lr-schedule-${plotNumber}`);
        await renderChart(scheduleChart(drawing), {png: `${stem}.png`, svg: `${stem}.svg`, vlJson: `${stem}.vl.json`});
        watcher.event({globalStep, name: 'schedule', message: `schedule drawn: ${stem}.png`});
      },
      scalars: (globalStep, values) => measurements().append({global_step: globalStep, ...values}),
      event: (globalStep, {name, message, data}) => event(globalStep, name, message, data),
      row: (table, globalStep, values) =>
        tableOf(`${table}.csv`, ['global_step', ...Object.keys(values)]).append({global_step: globalStep, ...values}),
    },
    options.plotCount,
  );
  return {
    recorder: {
      ...queue.recorder,
      schedule: (drawing) => queue.recorder.schedule(checkedDrawing(drawing, options.submission)),
    },
    flush: queue.flush,
    async evaluation(result, times) {
      options.lock.requireHeld();
      const row = evaluationRow(result, times, preemptionCount);
      tableOf(FILES.evaluations, evaluationColumns(workload)).append(row);
      measurements().append(row);
      event(result.globalStep, 'evaluation', evaluationText(result, workload), {...finiteMetrics(result)});
      if (becameInfinite(options.evaluations, workload)) {
        event(result.globalStep, 'not_finite', `step ${result.globalStep}: the validation loss is NaN or infinite`);
      }
    },
    async checkpoint(program: Program, position: Position, latest: EvalResult | undefined) {
      options.lock.requireHeld();
      const metadata = {
        position: position as unknown as Json,
        extent: extentOf(path, queue.plotCount()) as unknown as Json,
        evaluated: latest !== undefined,
      };
      const best = options.keepBest ? bestEvaluation(options.evaluations, workload.target)?.globalStep : undefined;
      saveCheckpoint(
        path,
        {globalStep: position.globalStep, state: program.read(), metadata},
        {keepLast: options.keepLast, best},
      );
      watcher.event({
        globalStep: position.globalStep,
        name: 'checkpoint',
        message: `checkpoint after step ${position.globalStep}`,
      });
    },
    finish: (globalStep, score) =>
      measurements().append({global_step: globalStep, preemption_count: preemptionCount, score}),
    close() {
      for (const table of tables.values()) table.close();
    },
  };
}

/** AlgoPerf's columns of `eval_measurements.csv`, sorted by name as it writes them. */
function evaluationColumns(workload: Workload): string[] {
  const times = [
    'accumulated_eval_time',
    'accumulated_logging_time',
    'accumulated_submission_time',
    'score',
    'total_duration',
  ];
  const metrics = ['train', 'validation', 'test'].flatMap((split) =>
    workload.metrics.map((metric) => `${split}/${metric}`),
  );
  return [
    ...times,
    'global_step',
    'preemption_count',
    ...metrics,
    'validation/num_examples',
    'test/num_examples',
  ].sort();
}

function evaluationRow({globalStep, metrics}: TimedEvaluation, times: Times, preemptionCount: number): Row {
  return {
    ...metrics,
    global_step: globalStep,
    preemption_count: preemptionCount,
    accumulated_submission_time: times.submission,
    accumulated_eval_time: times.evaluation,
    accumulated_logging_time: times.logging,
    score: times.submission,
    total_duration: times.total,
  };
}

/** Whether the last evaluation is the first of those in a row whose loss is not finite. */
function becameInfinite(evaluations: readonly TimedEvaluation[], {target}: Workload): boolean {
  const [before, last] = [evaluations.at(-2), evaluations.at(-1)];
  return last !== undefined && !hasFiniteLoss(last, target) && (before === undefined || hasFiniteLoss(before, target));
}

function finiteMetrics({metrics}: EvalResult): {[name: string]: number | null} {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null]),
  );
}

function evaluationText({globalStep, metrics, submissionTime}: TimedEvaluation, workload: Workload): string {
  const {metric} = workload.target;
  const value = (name: string) => metrics[name]?.toFixed(4);
  return [
    `step ${globalStep}: validation ${metric} ${value(`validation/${metric}`)}, test ${metric} ${value(`test/${metric}`)}`,
    metric === 'loss' ? '' : `, validation loss ${value('validation/loss')}`,
    ` (${submissionTime.toFixed(1)} s)`,
  ].join('');
}
