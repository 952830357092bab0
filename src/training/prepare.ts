import {join} from 'node:path';
import type {Dataset, InitialModel, Key, OptimizerState, Workload} from '../contract/index.js';
import {createInputQueue} from '../data/index.js';
import {compile, compileEager, foldIn, keyFromSeed, split} from '../engine/index.js';
import {metricNames, targetRuleOf} from '../metrics/index.js';
import {FILES, type FileHashes, parseNumber, type ReadCheckpoint, readTable} from '../runs/index.js';
import {initialTensors, lazyModel, requireOptimizerState} from '../submissions/index.js';
import {UserError} from '../support/index.js';
import {type Clock, noTime, startClock} from './clock.js';
import {createEvaluator, evaluatedModel, evaluationEntries} from './evaluate.js';
import type {ClockReading} from './machine-clock.js';
import {allowedSeconds} from './process-files.js';
import {type Profiler, section} from './profiler.js';
import type {RunRecord} from './record.js';
import {type RunFolder, savedOf} from './run-folder.js';
import type {RunOptions} from './run-options.js';
import type {Position, TimedEvaluation, Trial, TrialProgress, TrialRecord, TrialRules} from './trial-types.js';

/**
 * The evaluations that the run's table holds; numbers are written in full, so they are read back exactly.
 * @throws UserError naming the line and column of what is not a number
 */
export function evaluationsIn(path: string, workload: Workload): TimedEvaluation[] {
  const file = join(path, FILES.evaluations);
  return readTable(file).map((row, i) => {
    const number = (column: string): number => {
      const text = row[column];
      const value = parseNumber(text);
      if (text && (text === 'nan' || !Number.isNaN(value))) return value;
      // The header is line 1.
      throw new UserError(`${file}:${i + 2}: ${column} must be a number, found '${text ?? ''}'; the table is damaged`);
    };
    return {
      globalStep: number('global_step'),
      submissionTime: number('accumulated_submission_time'),
      metrics: Object.fromEntries(metricNames(workload).map((name) => [name, number(name)])),
    };
  });
}

/** The run that this process works on. */
export interface OpenRun {
  readonly options: RunOptions;
  readonly folder: RunFolder;
  readonly dataset: Dataset;
  /** As the runtime's, like the next. */
  readonly dataSha256: string;
  readonly engineChange: () => string | undefined;
  readonly record: RunRecord;
  /** Undefined: nothing is timed but what every run has. */
  readonly profiler: Profiler | undefined;
  /** As they were when this process began to work in the folder. */
  readonly clocks: ClockReading;
  /** The hashes of the run's settings, the facts of its processes and the kept code, at that time. */
  readonly settings: FileHashes;
  /** The run's evaluations so far; the loop appends to them. */
  readonly evaluations: TimedEvaluation[];
  /** What had become of the user's code by the first evaluation, in words: it may have been put right since. */
  readonly lateChanges: string[];
}

/** What a trial is prepared from: an open run, or what stands for one where nothing is kept. */
export interface TrialSource
  extends Pick<OpenRun, 'options' | 'dataset' | 'engineChange' | 'evaluations' | 'profiler'> {
  readonly folder: Pick<RunFolder, 'seed'> & {
    readonly checkpoint: Pick<ReadCheckpoint, 'metadata' | 'takeState'> | undefined;
  };
  readonly record: TrialRecord;
}

/** Everything a trial needs, as it was at the checkpoint or as it is at the beginning; the schedule is drawn. */
export async function prepare(source: TrialSource): Promise<Trial> {
  const {options, folder, dataset, record, evaluations, profiler} = source;
  const {workload, submission, loaded, watcher, signal} = options;
  const saved = savedOf(folder);
  const [dataKey, optimizerKey, modelKey, stepKey] = keysOf(folder.seed);
  const batchSize = submission.getBatchSize(workload, loaded.config);
  const inputQueue = Object.freeze(
    createInputQueue({
      source: dataset.train,
      batchSize,
      key: dataKey!,
      position: saved?.position.inputPosition ?? 0,
    }),
  );
  const model = lazyModel(() =>
    section(profiler, 'Initializing model', () => workload.initModel(foldIn(modelKey!, 0))),
  );
  const optimizerState = await section(profiler, 'Initializing optimizer', () =>
    submission.initOptimizerState({
      workload,
      model,
      config: loaded.config,
      key: optimizerKey!,
      recorder: record.recorder,
      ...(saved && {saved: saved.position.submission}),
    }),
  );
  requireOptimizerState(optimizerState);
  const clock = startClock(saved?.position.times ?? noTime);
  await clock.time('logging', () => record.flush(saved?.position.globalStep ?? 0));
  return {
    ...programOf(source, model, optimizerState),
    workload,
    submission,
    config: loaded.config,
    rules: rulesOf(options),
    optimizerState,
    inputQueue,
    stepKey: stepKey!,
    clock,
    record,
    watcher,
    signal,
    progress: progressFrom(saved?.position, clock, evaluations),
  };
}

/** The submission's entries and the workload's evaluation in one program, over the state of the checkpoint or of the beginning. */
function programOf(
  {options, folder, dataset, engineChange}: TrialSource,
  model: InitialModel,
  optimizerState: OptimizerState,
): Pick<Trial, 'program' | 'evalParams' | 'evaluate'> {
  const {workload} = options;
  const {entries, evalParams} = optimizerState;
  const initial = folder.checkpoint?.takeState() ?? {...model, optimizer: initialTensors(optimizerState)};
  const make = options.compile === false ? compileEager : compile;
  const program = make(initial, {...entries, ...evaluationEntries(workload, evalParams)});
  const key = evaluationKey(folder.seed);
  return {
    program,
    evalParams: evalParams && (() => evaluatedModel(program).params),
    evaluate: createEvaluator({program, compile: make, dataset, workload, engineChange, key}),
  };
}

/** The keys of a run: of its data, optimizer, model, steps and evaluations. */
function keysOf(seed: number): Key[] {
  return split(keyFromSeed(seed), 5);
}

/** The key of the evaluations of a run with a seed. */
export function evaluationKey(seed: number): Key {
  return keysOf(seed)[4]!;
}

/** The progress at a checkpoint, or of a new run. */
function progressFrom(position: Position | undefined, clock: Clock, evaluations: TimedEvaluation[]): TrialProgress {
  const since = position?.sinceEvaluation ?? null;
  return {
    globalStep: position?.globalStep ?? 0,
    evaluations,
    trainingComplete: position?.trainingComplete ?? false,
    lastEvaluationAt: since === null ? undefined : clock.now() - since * 1000,
    // The first step is looked at, however short the run: a loss that is NaN is reported immediately.
    yieldedAt: Number.NEGATIVE_INFINITY,
    loss: undefined,
    learningRate: undefined,
  };
}

function rulesOf(options: RunOptions): TrialRules {
  const {everySteps, stopAtTarget} = options.loaded.config.evaluation;
  return {
    evalEverySteps: everySteps,
    target: targetRuleOf(options.workload),
    stopAtTarget,
    budgetSeconds: budgetSecondsOf(options),
    maxGlobalSteps: options.maxGlobalSteps,
    judge: options.judge,
  };
}

/** What a run's budget depends on. */
export type BudgetOptions = Pick<RunOptions, 'workload' | 'loaded' | 'maxRuntime' | 'tuning'>;

/** Seconds on the submission's clock that a run is given; undefined: no limit. */
export function budgetSecondsOf(options: BudgetOptions): number | undefined {
  const {loaded, maxRuntime} = options;
  // A run that is evaluated by steps is a function of its seed: the clock must not end it unless asked to.
  const isBySteps = loaded.config.evaluation.everySteps !== undefined;
  return maxRuntime ?? (isBySteps ? undefined : allowedSeconds(options));
}
