import {basename, join} from 'node:path';
import type {RunConfig} from '../config/index.js';
import {type EvalResult, type Json, type Recorder, recordNames, type Workload} from '../contract/index.js';
import {openRunEvents, type RunEvents} from '../export/index.js';
import {metricNames} from '../metrics/index.js';
import {renderChart, scheduleChart, schedulePoints} from '../plots/index.js';
import {
  appendJsonLine,
  appendSchedule,
  checkpointSums,
  EVENTS,
  type Extent,
  extentOf,
  FILES,
  type FileHashes,
  FOLDERS,
  keepCheckpoints,
  type Lock,
  type OwnRows,
  openTable,
  ownRows,
  type Row,
  saveCheckpoint,
  type Table,
} from '../runs/index.js';
import {checkedRecorder, isSubmissionName, type ReservedNames} from '../submissions/index.js';
import type {Times} from './clock.js';
import {evaluationEvents} from './evaluation-events.js';
import {keepRules} from './keep-rules.js';
import {createRecordQueue, type RecordWriter} from './record-queue.js';
import type {Position, RecordedModel, TimedEvaluation, TrialRecord, Watcher} from './trial-types.js';

export interface RecordOptions {
  /** Whether TensorBoard's event file is written, too. */
  readonly tensorboard: boolean;
  /** The run's folder. */
  readonly path: string;
  /** The run's name, for the titles of pictures. */
  readonly experiment: string;
  readonly lock: Lock;
  readonly workload: Workload;
  /** The name or path of the submission. */
  readonly submission: string;
  readonly watcher: Watcher;
  readonly checkpoints: RunConfig['checkpoints'];
  /** How often the run was resumed. */
  readonly preemptionCount: number;
  /** Pictures of the schedule drawn before. */
  readonly plotCount: number;
  /** The run's evaluations; the loop appends to it. */
  readonly evaluations: readonly TimedEvaluation[];
}

/** The record of a run in its folder. */
export interface RunRecord extends TrialRecord {
  /** The names of files in which there is something else than the run has written. */
  changedFiles(): string[];
  /** The SHA-256 of the checkpoints that the run has written, by the files' names. */
  checkpoints(): FileHashes;
  /** AlgoPerf's last row of `measurements.csv`, which holds the score alone. */
  finish(globalStep: number, score: number): void;
  close(): void;
}

/** Opens the record of a run; an existing one is continued. */
export function openRecord(options: RecordOptions): RunRecord {
  const files = openRecordFiles(options);
  const queue = createRecordQueue(writerOf(options, files), options.plotCount);
  // A process that was killed between writing one and removing those before it has left one too many.
  if (options.preemptionCount > 0 && options.checkpoints.keep !== 'none')
    keepCheckpoints(options.path, keepRules(options));
  let checkpoints = checkpointSums(options.path);
  return {
    recorder: checkedRecorder(queue.recorder, reservedNames(options), options.submission),
    flush: queue.flush,
    event: files.event,
    evaluation: async (result, times) => recordEvaluation(options, files, result, times),
    async checkpoint(model, position, latest) {
      const extent = extentOf(options.path, queue.plotCount(), files.own.hashes());
      checkpoints = {...checkpoints, ...recordCheckpoint(options, extent, model, position, latest)};
    },
    changedFiles: files.own.changed,
    checkpoints: () => checkpoints,
    finish(globalStep, score) {
      files.measurements({global_step: globalStep, preemption_count: options.preemptionCount, score});
      files.tensorboard?.end('success');
    },
    close: files.close,
  };
}

/** The files of a run that grow. */
interface RecordFiles {
  /** TensorBoard's. */
  readonly tensorboard: RunEvents | undefined;
  /** What the run has written. */
  readonly own: OwnRows;
  append(file: string, columns: readonly string[], row: Row): void;
  measurements(row: Row): void;
  readonly event: Recorder['event'];
  close(): void;
}

function openRecordFiles(options: RecordOptions): RecordFiles {
  const {path, workload, watcher} = options;
  const tables = new Map<string, Table>();
  const own = ownRows(path);
  const tensorboard = options.tensorboard ? openRunEvents({run: path, folder: path}) : undefined;
  const append: RecordFiles['append'] = (file, columns, row) => {
    const table = tables.get(file) ?? openTable(join(path, file), columns);
    tables.set(file, table);
    own.wrote(file, table.append(row));
    // The evaluations' rows are in the measurements, too.
    if (file !== FILES.evaluations) tensorboard?.row(basename(file, '.csv'), row);
  };
  const measured = [...new Set(['global_step', 'grad_norm', 'loss', ...evaluationColumns(workload)])];
  return {
    tensorboard,
    own,
    append,
    measurements: (row) => append(FILES.measurements, measured, row),
    event(globalStep, {name, message, data}) {
      const time = new Date().toISOString();
      const line = {time, global_step: globalStep, event: name, message, ...data};
      own.wrote(FILES.events, appendJsonLine(join(path, FILES.events), line));
      watcher.event({globalStep, name, message});
    },
    close: () => {
      for (const table of tables.values()) table.close();
      tensorboard?.close();
    },
  };
}

function writerOf({path, experiment, watcher}: RecordOptions, files: RecordFiles): RecordWriter {
  return {
    async schedule(globalStep, plotNumber, drawing) {
      const points = schedulePoints(drawing);
      files.own.wrote(FILES.schedule, appendSchedule(path, plotNumber, points));
      const stem = join(path, FOLDERS.plots, `lr-schedule-${plotNumber}`);
      const chart = scheduleChart(drawing, experiment);
      await renderChart(chart, {png: `${stem}.png`, svg: `${stem}.svg`, vlJson: `${stem}.vl.json`});
      files.tensorboard?.schedule(plotNumber, points, `${stem}.png`);
      watcher.event({globalStep, name: 'schedule', message: `schedule drawn: ${stem}.png`});
    },
    scalars: (globalStep, values) => files.measurements({global_step: globalStep, ...values}),
    event: files.event,
    row: (table, globalStep, values) =>
      files.append(`${table}.csv`, ['global_step', ...Object.keys(values)], {global_step: globalStep, ...values}),
  };
}

function recordEvaluation(options: RecordOptions, files: RecordFiles, result: TimedEvaluation, times: Times): void {
  const {workload, evaluations, lock, preemptionCount} = options;
  lock.requireHeld();
  const row = evaluationRow(result, times, preemptionCount);
  files.append(FILES.evaluations, evaluationColumns(workload), row);
  files.measurements(row);
  for (const event of evaluationEvents(result, evaluations, workload)) files.event(result.globalStep, event);
}

function recordCheckpoint(
  {path, lock, workload, evaluations, checkpoints, watcher}: RecordOptions,
  extent: Extent,
  {program, evalParams}: RecordedModel,
  position: Position,
  latest: EvalResult | undefined,
): FileHashes {
  if (checkpoints.keep === 'none') return {};
  lock.requireHeld();
  const {globalStep} = position;
  const metadata = {position, extent, evaluated: latest !== undefined} as unknown as Json;
  const state = program.leaves();
  const rules = keepRules({workload, evaluations, checkpoints});
  const saved = saveCheckpoint(path, {globalStep, state, evalParams: evalParams?.(), metadata}, rules);
  watcher.event({globalStep, name: 'checkpoint', message: `checkpoint after step ${globalStep}`});
  return saved;
}

/** The tables, columns and events that a submission can't write: the tool's, and for a user's those of the built-in ones. */
export function reservedNames({workload, submission}: Pick<RecordOptions, 'workload' | 'submission'>): ReservedNames {
  const others = isSubmissionName(submission) ? {tables: {}, events: {}} : recordNames;
  const tables = Object.values(FILES).flatMap((file) => file.match(/^(.*)\.csv$/)?.[1] ?? []);
  return {
    tables: [...tables, ...Object.values(others.tables)],
    scalars: evaluationColumns(workload),
    events: [...EVENTS, ...Object.values(others.events)],
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
  return [...times, 'global_step', 'preemption_count', ...metricNames(workload)].sort();
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
