import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {LoadedConfig} from '../config/index.js';
import type {Dataset, InitialModel, Submission, Workload} from '../contract/index.js';
import {compile, type EngineInfo, fold, keyFromSeed, openEngine, randomSeed, split} from '../engine/index.js';
import {UserError} from '../errors.js';
import {writeWhole} from '../files.js';
import {
  closeRun,
  createRun,
  cutTo,
  type Extent,
  FILES,
  metaData,
  numbered,
  openRun,
  parseNumber,
  type ResumedRun,
  type RunResult,
  readResult,
  readTable,
  releaseLock,
  runPath,
  writeResult,
} from '../runs/index.js';
import {version} from '../version.js';
import {noTime, startClock} from './clock.js';
import {drawTraining} from './draw-training.js';
import {createEvaluator, evaluateEntry} from './evaluate.js';
import {countOf, createInputQueue, requireBatchSize} from './input-queue.js';
import {openRecord, type RunRecord} from './record.js';
import {requireSameConfig} from './same-config.js';
import {bestEvaluation, firstAtTarget, type TimedEvaluation} from './targets.js';
import {type Ending, type Position, runTrial, type Trial, type TrialRules, type Watcher} from './trial.js';

export interface RunOptions {
  readonly workload: Workload;
  readonly submission: Submission;
  readonly loaded: LoadedConfig;
  /** What a run without a name is called after. */
  readonly stem: string;
  readonly experimentDir: string;
  readonly experimentName?: string | undefined;
  /** `auto`, `tensorflow`, `wasm` or `cpu`. */
  readonly backend: string;
  readonly dataDir?: string | undefined;
  /** Default: drawn, and recorded. On resuming: the run's own. */
  readonly rngSeed?: number | undefined;
  readonly maxGlobalSteps?: number | undefined;
  /** Seconds on the submission's clock; default the workload's budget, or none where evaluation goes by steps. */
  readonly maxRuntime?: number | undefined;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  /** For the record. */
  readonly flags: object;
  readonly overrides: object;
  readonly watcher: RunWatcher;
  /** Aborted to stop after the current step, with a checkpoint. */
  readonly signal: AbortSignal;
}

/** Somebody who looks on from the beginning. */
export interface RunWatcher extends Watcher {
  engine(info: EngineInfo): void;
  /** The run's folder is there. */
  folder(path: string, logFile: string): void;
  warn(message: string): void;
}

/** A run that was interrupted has no result yet. */
export interface RunOutcome {
  readonly result: RunResult | undefined;
  readonly path: string;
  readonly experiment: string;
  readonly ending: Pick<Ending, 'reason'> & {readonly status: RunResult['status'] | 'interrupted'};
}

/**
 * One run from its folder to its result: begins it, or goes on with it from its last whole checkpoint. A run that is
 * complete is left as it is.
 * @throws UserError for everything that the user can mend
 */
export async function startRun(options: RunOptions): Promise<RunOutcome> {
  const done = options.resume ? completed(options) : undefined;
  if (done) return done;
  const [engine, dataset] = await Promise.all([
    openEngine(options.backend),
    options.workload.loadData(options.dataDir),
  ]);
  requireBatchSize(options.submission.getBatchSize(options.workload, options.loaded.config), dataset.train);
  options.watcher.engine(engine);
  const folder = options.resume ? resumed(options, dataset) : begun(options, engine, dataset);
  options.watcher.folder(folder.path, join(folder.path, FILES.log));
  try {
    return await train(options, folder, engine, dataset);
  } finally {
    closeRun(folder);
  }
}

/** A run's folder, with what there is in it to go on from. */
interface Folder extends ResumedRun {
  readonly seed: number;
  readonly isOfficial: boolean;
}

function completed({experimentDir, experimentName, workload}: RunOptions): RunOutcome | undefined {
  if (experimentName === undefined) {
    throw new UserError(
      '--resume: say which run with --experiment-name <name>; `algoperf-ts runs list` shows their names',
    );
  }
  const path = runPath(experimentDir, experimentName, workload.name);
  const result = readResult(path);
  if (!result || result.status === 'stopped' || result.status === 'failed') return undefined;
  return {result, path, experiment: experimentName, ending: {status: result.status, reason: result.reason}};
}

function begun(options: RunOptions, engine: EngineInfo, dataset: Dataset): Folder {
  const {workload, loaded, stem, experimentDir, experimentName, overwrite = false} = options;
  const seed = options.rngSeed ?? randomSeed();
  const run = createRun({
    experimentDir,
    experimentName,
    stem,
    workload: workload.name,
    overwrite,
    files: {
      [FILES.config]: loaded.resolved,
      [FILES.hparams]: json(loaded.hyperparameters),
      [FILES.overrides]: json(options.overrides),
      ...processFiles(options, engine, dataset, seed, 0),
    },
  });
  return {
    ...run,
    checkpoint: undefined,
    damaged: [],
    preemptionCount: 0,
    seed,
    isOfficial: isOfficial(options, dataset),
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

interface ExampleCounts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** What each process of a run leaves: its flags and what it ran on. */
function processFiles(
  options: RunOptions,
  engine: EngineInfo,
  dataset: Dataset,
  seed: number,
  count: number,
): {[name: string]: string} {
  const exampleCounts = countsOf(dataset);
  const facts = {
    workload: options.workload,
    rngSeed: seed,
    backend: engine.backend,
    dataSource: dataset.source,
    exampleCounts,
    notOfficial: reasonsNotOfficial(options, exampleCounts),
    version,
  };
  return {[numbered('flags', count)]: json(options.flags), [numbered('meta_data', count)]: json(metaData(facts))};
}

function countsOf({train, validation, test}: Dataset): ExampleCounts {
  return {train: countOf(train), validation: countOf(validation), test: countOf(test)};
}

function isOfficial(options: RunOptions, dataset: Dataset): boolean {
  return reasonsNotOfficial(options, countsOf(dataset)).length === 0;
}

function reasonsNotOfficial({workload, loaded, maxRuntime}: RunOptions, counts: ExampleCounts): string[] {
  const {examples, budget} = workload;
  const reasons: string[] = [];
  if (loaded.config.evaluation.everySteps !== undefined)
    reasons.push('evaluation.every_steps: evaluated by steps, not by time');
  if (maxRuntime !== undefined && maxRuntime > budget.seconds)
    reasons.push("--max-runtime is longer than the workload's budget");
  const isStandard = (['train', 'validation', 'test'] as const).every((split) => counts[split] === examples[split]);
  if (!isStandard) reasons.push("the data has other example counts than the workload's");
  return reasons;
}

function resumed(options: RunOptions, dataset: Dataset): Folder {
  const {experimentDir, experimentName, workload, loaded, watcher} = options;
  const run = openRun(experimentDir, experimentName!, workload.name);
  try {
    requireSameConfig(readFileSync(join(run.path, FILES.config), 'utf8'), loaded.resolved, run.path);
    const seed = seedOf(run.path, options.rngSeed);
    for (const {path, reason} of run.damaged) {
      watcher.warn(`${path} is damaged (${reason}); it is passed over and kept as ${path}.damaged`);
    }
    const from = run.checkpoint
      ? `from its checkpoint after step ${run.checkpoint.globalStep}`
      : 'from its beginning: it has no checkpoint yet';
    watcher.warn(`going on with ${run.path} ${from}`);
    return {...run, seed, isOfficial: isOfficial(options, dataset)};
  } catch (error) {
    releaseLock(run.path);
    throw error;
  }
}

function seedOf(path: string, asked: number | undefined): number {
  const {rng_seed: seed} = JSON.parse(readFileSync(join(path, numbered('meta_data', 0)), 'utf8')) as {rng_seed: number};
  if (asked === undefined || asked === seed) return seed;
  throw new UserError(`--rng-seed: the run in ${path} has the seed ${seed}, got ${asked}; leave it out to go on`);
}

/** What a checkpoint says beside the state. */
interface Saved {
  readonly position: Position;
  readonly extent: Extent;
}

async function train(options: RunOptions, folder: Folder, engine: EngineInfo, dataset: Dataset): Promise<RunOutcome> {
  const {workload, loaded} = options;
  const saved = folder.checkpoint?.metadata as Saved | undefined;
  if (options.resume) {
    cutTo(folder.path, saved?.extent ?? {lines: {}, plots: 0}, folder.damaged);
    const files = processFiles(options, engine, dataset, folder.seed, folder.preemptionCount);
    for (const [name, content] of Object.entries(files)) writeWhole(join(folder.path, name), content);
  }
  const evaluations = evaluationsIn(folder.path, workload);
  const record = openRecord({
    path: folder.path,
    workload,
    watcher: options.watcher,
    ...loaded.config.checkpoints,
    preemptionCount: folder.preemptionCount,
    plotCount: saved?.extent.plots ?? 0,
    evaluations,
  });
  try {
    const trial = await prepare(options, folder, dataset, record, evaluations);
    const ending = await runTrial(trial);
    trial.program.dispose();
    return await finish(options, folder, record, trial, ending);
  } catch (error) {
    leaveFailure(options, folder, evaluations, error as Error);
    throw error;
  } finally {
    record.close();
  }
}

/** The evaluations that the run's table holds; numbers are written in full, so they are read back exactly. */
function evaluationsIn(path: string, workload: Workload): TimedEvaluation[] {
  const names = ['train', 'validation', 'test'].flatMap((split) =>
    workload.metrics.map((metric) => `${split}/${metric}`),
  );
  return readTable(join(path, FILES.evaluations)).map((row) => ({
    globalStep: parseNumber(row.global_step),
    submissionTime: parseNumber(row.accumulated_submission_time),
    metrics: Object.fromEntries(
      [...names, 'validation/num_examples', 'test/num_examples'].map((name) => [name, parseNumber(row[name])]),
    ),
  }));
}

async function prepare(
  options: RunOptions,
  folder: Folder,
  dataset: Dataset,
  record: RunRecord,
  evaluations: TimedEvaluation[],
): Promise<Trial> {
  const {workload, submission, loaded, watcher, signal} = options;
  const saved = folder.checkpoint?.metadata as Saved | undefined;
  const [dataKey, optimizerKey, modelKey, stepKey, evalKey] = split(keyFromSeed(folder.seed), 5);
  const batchSize = submission.getBatchSize(workload, loaded.config);
  const inputQueue = createInputQueue({
    examples: dataset.train,
    batchSize,
    key: dataKey!,
    position: saved?.position.inputPosition ?? 0,
  });
  const model: InitialModel = workload.initModel(fold(modelKey!, 0));
  const optimizerState = await submission.initOptimizerState({
    workload,
    model,
    config: loaded.config,
    key: optimizerKey!,
    recorder: record.recorder,
    ...(saved && {saved: saved.position.submission}),
  });
  const clock = startClock(saved?.position.times ?? noTime);
  await clock.time('logging', () => record.flush());
  const initial = folder.checkpoint?.state ?? {...model, optimizer: optimizerState.init};
  const program = compile(initial, {...optimizerState.entries, evaluate: evaluateEntry(workload)});
  const since = saved?.position.sinceEvaluation ?? null;
  return {
    workload,
    submission,
    config: loaded.config,
    rules: rulesOf(options),
    program,
    optimizerState,
    inputQueue,
    stepKey: stepKey!,
    evaluate: createEvaluator({program, dataset, workload, key: evalKey!}),
    clock,
    record,
    watcher,
    signal,
    now: {
      globalStep: saved?.position.globalStep ?? 0,
      evaluations,
      trainingComplete: saved?.position.trainingComplete ?? false,
      lastEvaluationAt: since === null ? undefined : performance.now() - since * 1000,
      loss: undefined,
      rate: undefined,
    },
  };
}

function rulesOf({workload, loaded, maxRuntime, maxGlobalSteps}: RunOptions): TrialRules {
  const {everySteps, stopAtTarget} = loaded.config.evaluation;
  return {
    evalEverySteps: everySteps,
    stopAtTarget,
    // A run that is evaluated by steps is a function of its seed: the clock must not end it unless asked to.
    budgetSeconds: maxRuntime ?? (everySteps === undefined ? workload.budget.seconds : undefined),
    maxGlobalSteps,
  };
}

async function finish(
  options: RunOptions,
  folder: Folder,
  record: RunRecord,
  trial: Trial,
  ending: Ending,
): Promise<RunOutcome> {
  const {path, experiment} = folder;
  if (ending.status === 'interrupted') return {result: undefined, path, experiment, ending};
  record.finish(trial.now.globalStep, trial.clock.read().submission);
  await drawTraining(path, options.workload, experiment);
  const result = resultOf(options, folder, trial.now.evaluations, {
    status: ending.status,
    reason: ending.reason,
    globalStep: trial.now.globalStep,
    times: trial.clock.read(),
  });
  writeResult(path, result);
  return {result, path, experiment, ending};
}

function resultOf(
  options: RunOptions,
  folder: Folder,
  evaluations: readonly TimedEvaluation[],
  end: Pick<RunResult, 'status' | 'reason' | 'globalStep' | 'times'>,
): RunResult {
  const {workload} = options;
  const {target} = workload;
  const mark = (at: TimedEvaluation | undefined) => at && {globalStep: at.globalStep, seconds: at.submissionTime};
  const best = bestEvaluation(evaluations, target);
  return {
    ...end,
    workload: workload.name,
    experiment: folder.experiment,
    path: folder.path,
    metric: target.metric,
    best: best ? {...mark(best)!, value: best.metrics[`validation/${target.metric}`]!} : null,
    last: evaluations.at(-1)?.metrics ?? null,
    timeToTarget: mark(firstAtTarget(evaluations, target, 'validation')) ?? null,
    timeToTestTarget: mark(firstAtTarget(evaluations, target, 'test')) ?? null,
    official: folder.isOfficial,
  };
}

/** Says in the folder that the run failed, as far as that can still be written. */
function leaveFailure(
  options: RunOptions,
  folder: Folder,
  evaluations: readonly TimedEvaluation[],
  error: Error,
): void {
  const last = evaluations.at(-1);
  const end = {
    status: 'failed',
    reason: error.message,
    globalStep: last?.globalStep ?? 0,
    times: {...noTime, submission: last?.submissionTime ?? 0},
  } as const;
  try {
    writeResult(folder.path, resultOf(options, folder, evaluations, end));
  } catch {
    // The disk may be what failed; the error itself is on its way to the user.
  }
}
