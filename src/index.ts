/** What a user's submission or workload needs, and the tool as a library. */
import {z} from 'zod';
import type {SubmissionCheckOptions, SubmissionReport} from './checking/index.js';
import type {LoadedConfig} from './config/index.js';
import type {ExportedForm, ExportOptions} from './export/index.js';
import {checkedOptions} from './options/index.js';
import type {Scored, ScoreOptions} from './pool/index.js';
import type {RunSettings, RunSummary} from './runs/index.js';
import type {OpenOptions, RunOutcome, RunSource, Runtime, TrainOptions} from './training/index.js';
import type {TuneOptions, TuningResult} from './tuning/index.js';
import type {
  EvaluatedCheckpoint,
  EvaluateOptions,
  LoadOptions,
  SampledText,
  SampleOptions,
  Verification,
} from './verification/index.js';

export {z} from 'zod';
export {loadWorkload, workloadNames} from '../workloads/index.js';
export type {CheckOutcome, ReportedFinding, SubmissionCheckOptions, SubmissionReport} from './checking/index.js';
export type {LoadedConfig} from './config/index.js';
export * from './contract/index.js';
export * from './data/index.js';
export * from './engine/index.js';
export type {ExportedForm, ExportOptions} from './export/index.js';
export * from './metrics/index.js';
export * from './optimizers/index.js';
export type {Scored, ScoreOptions} from './pool/index.js';
export type {RunResult, RunSettings, RunSummary} from './runs/index.js';
export * from './schedules/index.js';
export {
  type GradientStepOptions,
  type GradientSteps,
  gradientStep,
  gradientSteps,
  type StepKind,
} from './submissions/index.js';
export {DivergedError, SubmissionError, UserError} from './support/index.js';
export type {
  OpenOptions,
  ProgressView,
  RunOutcome,
  RunSource,
  Runtime,
  RunWatcher,
  TrainOptions,
  WatchedEvent,
} from './training/index.js';
export type {TrialResult, TuneOptions, TuningOptions, TuningResult} from './tuning/index.js';
export type {
  EvaluatedCheckpoint,
  EvaluateOptions,
  Finding,
  LoadOptions,
  SampledText,
  SampleOptions,
  Verification,
} from './verification/index.js';

/**
 * Names of browsers, and of a package of numbers, that the declarations of TensorFlow.js use: a program that checks its types with them
 * and knows no browser needs them to be there. Nothing of the tool has such values.
 */
declare global {
  // biome-ignore-start lint/suspicious/noEmptyInterface: they have no parts here
  interface Long {}
  interface IDBFactory {}
  interface Storage {}
  interface HTMLImageElement {}
  interface HTMLSourceElement {}
  interface ImageBitmap {}
  interface ImageData {}
  interface VideoFrame {}
  interface WebGLTexture {}
  interface WebGLContextAttributes {}
  interface EventInit {}
  // biome-ignore-end lint/suspicious/noEmptyInterface: the end of those
  type BufferSource = ArrayBufferView | ArrayBuffer;
  type PredefinedColorSpace = string;
}

// A user's submission imports this file: what trains, reads and draws runs is loaded when it is called.

/** Trains a workload, as `algoperf-ts run` does; see {@link TrainOptions}. @throws UserError where the command would exit with 2 */
export async function train(options: TrainOptions): Promise<RunOutcome> {
  return (await import('./training/index.js')).train(options);
}

/** Runs the trials of studies, as `algoperf-ts run` does with its flags of tuning; see {@link TuneOptions}. */
export async function tune(options: TuneOptions): Promise<TuningResult> {
  return (await import('./tuning/index.js')).tune(options);
}

/**
 * Runs a submission on small problems and checks what can be checked of it, as `algoperf-ts submissions check` does.
 * @throws UserError if the config can't be read, or the engine is not there
 */
export async function checkSubmission(options: SubmissionCheckOptions): Promise<SubmissionReport> {
  const checking = await import('./checking/index.js');
  checkedOptions('checkSubmission', checking.submissionCheckOptions, options);
  return checking.checkSubmission(options);
}

/**
 * A config as a run of it would have it: every key with its value, checked against submission and workload.
 * @throws UserError with all mistakes, one per line, each with file, line, column and key
 */
export async function loadConfig(run: RunSource): Promise<LoadedConfig> {
  const training = await import('./training/index.js');
  // The options of a run may be given as they are.
  checkedOptions('loadConfig', training.trainOptions, run);
  return training.loadConfig(run);
}

/**
 * An engine and a workload's data, opened once for several runs: `train({...options, runtime})`.
 * @param batchSize - of the training steps, at least 1: the engine chooses its threads by it
 * @throws UserError if workload, engine or data are not there
 */
export async function openRuntime(options: OpenOptions, batchSize: number): Promise<Runtime> {
  return (await import('./training/index.js')).openRuntimeFor(options, batchSize);
}

/** Closes what {@link openRuntime} has opened. */
export async function closeRuntime(runtime: Runtime): Promise<void> {
  const training = await import('./training/index.js');
  checkedOptions('closeRuntime', z.strictObject({runtime: training.runtimeOption}), {runtime});
  await training.closeRuntime(runtime);
}

const listOptions = z.strictObject({where: z.string().optional(), sort: z.string().optional()});
const folderOption = z.strictObject({experimentDir: z.string()});
const pathOption = z.strictObject({path: z.string()});

/** Which runs, and in which order. */
export interface ListOptions {
  /** Such as `learning_rate < 0.01 and status = complete`; default: all. */
  readonly where?: string;
  /** Keys by commas, `-` before one that descends: `workload,-best`; default: the oldest first. */
  readonly sort?: string;
}

/**
 * The runs below an experiment folder, as `algoperf-ts runs list` has them.
 * @throws UserError for a mistake in the filter, or a key that no run has
 */
export async function listRuns(
  experimentDir = 'experiments',
  options: ListOptions = {},
): Promise<(RunSummary & RunSettings)[]> {
  checkedOptions('listRuns', folderOption, {experimentDir});
  const {where, sort} = checkedOptions('listRuns', listOptions, options);
  const runs = await import('./runs/index.js');
  const all = runs.listRuns(experimentDir);
  const fields = runs.fieldsOf(all);
  const some = where === undefined ? all : runs.runsWhere(all, where, fields);
  const sorted = sort === undefined ? some : runs.sortedRuns(some, sort, fields);
  return sorted.map(runs.listedRun);
}

/** Writes runs for AlgoPerf, TensorBoard, pandas or a spreadsheet, as `algoperf-ts runs export` does. @throws UserError where that exits with 2 */
export async function exportRuns(options: ExportOptions): Promise<ExportedForm[]> {
  const exporting = await import('./export/index.js');
  checkedOptions('exportRuns', exporting.exportOptions, options);
  return exporting.exportRuns(options);
}

/**
 * Scores submissions against each other, as `algoperf-ts score` does: our run folders, AlgoPerf's, or text logs of its runner. A time
 * that is infinite is Infinity.
 * @throws UserError where the command would exit with 2
 */
export async function score(options: ScoreOptions = {}): Promise<Scored> {
  const pool = await import('./pool/index.js');
  checkedOptions('score', pool.scoreOptions, options);
  return pool.scoreRuns(options);
}

/**
 * Verifies a run in a fresh process, as `algoperf-ts verify` does; with a workload that is a value, in this one.
 * @param path - the run's folder
 * @throws UserError if a process is at work in the run, or the engine or the data that it needs is not there
 * @example
 *     const {isConsistent, isOfficial} = await verifyRun('experiments/first/mnist_tfjs/trial_1');
 */
export async function verifyRun(path: string, options: LoadOptions = {}): Promise<Verification> {
  const verification = await import('./verification/index.js');
  checkedOptions('verifyRun', pathOption, {path});
  checkedOptions('verifyRun', verification.verifyOptions.omit({path: true}), options);
  return verification.verifyRun(path, options);
}

/**
 * Evaluates one checkpoint of a run in a fresh process, as `algoperf-ts eval` does; with a workload that is a value, in this one.
 * @param path - the run's folder
 * @throws UserError if there is no such checkpoint or split, or something of the run is not there
 */
export async function evaluateRun(path: string, options: EvaluateOptions = {}): Promise<EvaluatedCheckpoint> {
  const verification = await import('./verification/index.js');
  checkedOptions('evaluateRun', pathOption, {path});
  checkedOptions('evaluateRun', verification.evaluateOptions.omit({path: true}), options);
  return verification.evaluateRunAfresh(path, options);
}

/**
 * Continues a text with the model of a run's checkpoint in a fresh process, as `algoperf-ts runs sample` does; with a workload that is a
 * value, in this one.
 * @param path - the run's folder
 * @throws UserError if its workload is no language model, there is no such checkpoint, or something of the run is not there
 */
export async function sampleRun(path: string, options: SampleOptions = {}): Promise<SampledText> {
  const verification = await import('./verification/index.js');
  checkedOptions('sampleRun', pathOption, {path});
  checkedOptions('sampleRun', verification.sampleOptions.omit({path: true}), options);
  return verification.sampleRunAfresh(path, options);
}
