import {existsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import type {Dataset} from '../contract/index.js';
import {batchSizeProblem} from '../data/index.js';
import {requireRenderer} from '../plots/index.js';
import {cutTo, FILES, readResult, runPath, sourceFiles} from '../runs/index.js';
import {makeFolder, UserError, writeWhole} from '../support/index.js';
import {finish, leaveFailure} from './finish.js';
import {onRecord} from './judged.js';
import {sayingLateCode} from './late-code.js';
import {loadUserModules} from './load-run.js';
import {readClocks} from './machine-clock.js';
import {fixedHashes} from './outside-changes.js';
import {evaluationsIn, type OpenRun, prepare} from './prepare.js';
import {processFiles} from './process-files.js';
import {writeProfile} from './profile-files.js';
import {profiledTrial} from './profiled-trial.js';
import {createProfiler, type Profiler, section} from './profiler.js';
import {openRecord} from './record.js';
import {createRunFolder, locationOf, openRunFolder, type RunFolder, requireSameRun, savedOf} from './run-folder.js';
import type {RunOptions, RunOutcome} from './run-options.js';
import {closeRuntime, openRuntime, type Runtime, requireRuntime} from './runtime.js';
import {canContinue, resolveResume} from './standing.js';
import {runTrial} from './trial.js';

/**
 * One run in a runtime of its own, from its folder to its result: begins it, or continues with it from its last whole
 * checkpoint. A run that is complete is left as it is.
 * @throws UserError for every error that the user can fix
 */
export async function startRun(options: RunOptions): Promise<RunOutcome> {
  await loadUserModules(options);
  const complete = completeRun(resolveResume(options));
  if (complete) return complete;
  const profiler = profilerOf(options);
  const runtime = await openRuntime(options, batchSizeOf(options), profiler);
  try {
    return await runWith(runtime, options, profiler);
  } finally {
    await closeRuntime(runtime);
  }
}

/**
 * One run in a runtime that may have had others before it; else as `startRun`.
 * @throws UserError if the runtime is closed or another workload's, and for every error that the user can fix
 */
export async function runIn(runtime: Runtime, options: RunOptions): Promise<RunOutcome> {
  requireRuntime(runtime, options.workload);
  return runWith(runtime, options, profilerOf(options));
}

function profilerOf({profile = false}: RunOptions): Profiler | undefined {
  return profile ? createProfiler() : undefined;
}

async function runWith(runtime: Runtime, requested: RunOptions, profiler: Profiler | undefined): Promise<RunOutcome> {
  await loadUserModules(requested);
  // Only now: another process may have begun it while the engine was opened.
  const options = resolveResume(requested);
  const complete = completeRun(options);
  if (complete) return complete;
  const {watcher} = options;
  requireBatchSize(options, runtime.dataset);
  requireRenderer();
  watcher.engine(runtime.engine);
  const folder = await (options.resume ? openRunFolder : createRunFolder)(options, runtime);
  try {
    const {path, experiment} = folder;
    watcher.folder({path, experiment, logFile: join(path, FILES.log)});
    watcher.data(runtime.dataset);
    return await trainIn(folder, {...runtime, profiler}, options);
  } finally {
    folder.lock.release();
  }
}

function batchSizeOf({submission, workload, loaded}: RunOptions): number {
  return submission.getBatchSize(workload, loaded.config);
}

function requireBatchSize(options: RunOptions, {train, source}: Dataset): void {
  const {workload, loaded} = options;
  const batchSize = batchSizeOf(options);
  const problem = batchSizeProblem(batchSize, train);
  if (!problem) {
    requireBatchSizeRead(options, batchSize);
    return;
  }
  const isOfConfig = batchSize === (loaded.config.batchSize ?? workload.batchSize);
  if (isOfConfig) throw loaded.mistake({path: ['batch_size'], message: `${problem} (data: ${source})`});
  throw new UserError(`${loaded.config.submission}: getBatchSize ${problem} (data: ${source})`);
}

/** @throws UserError if the config gives a batch size that the submission does not look at */
function requireBatchSizeRead({submission, workload, loaded}: RunOptions, batchSize: number): void {
  const {batchSize: given, ...others} = loaded.config;
  if (given === undefined || given === batchSize || submission.getBatchSize(workload, others) !== batchSize) return;
  const message = `has no effect: getBatchSize of ${loaded.config.submission} gives ${batchSize} whatever this is; let it return \`config.batchSize ?? workload.batchSize\`, or leave this out`;
  throw loaded.mistake({path: ['batch_size'], message});
}

/** The outcome of a run that was to be resumed but is complete; undefined if there is more to do. */
function completeRun(options: RunOptions): RunOutcome | undefined {
  if (options.overwrite && options.resume) throw new UserError('--overwrite: a run that is resumed is not replaced');
  if (!options.resume) {
    if (options.withChangedSubmission)
      throw new UserError('--with-changed-submission: a new run has no other code; it needs --resume');
    return undefined;
  }
  const location = locationOf(options);
  const path = runPath(options.experimentDir, location);
  const result = readResult(path);
  if (!result || canContinue(result, options)) return undefined;
  requireSameRun(path, options);
  const {status, reason, globalStep} = result;
  return {result, path, experiment: location.experiment, globalStep, ending: {status, reason}, wasComplete: true};
}

interface ProfiledRuntime extends Runtime {
  readonly profiler: Profiler | undefined;
}

/** One trial: from the folder's checkpoint, or from the beginning, to the result. */
async function trainIn(folder: RunFolder, runtime: ProfiledRuntime, options: RunOptions): Promise<RunOutcome> {
  const {profiler} = runtime;
  if (options.resume) cutToCheckpoint(folder, runtime, options);
  const run = openRun(folder, runtime, options);
  // A submission may end the process behind the run's back, and a second signal does.
  const leave = (): void => {
    const {reason} = options.signal;
    // An `abort()` without a reason asks the run to stop; it has one all the same.
    if (reason instanceof Error && reason.name !== 'AbortError') leaveFailure(run, reason);
    folder.lock.release();
  };
  process.once('exit', leave);
  try {
    const unwatched = await prepare(run);
    const prepared = {...unwatched, evaluate: sayingLateCode(run, unwatched.evaluate)};
    const trial = profiler ? profiledTrial(prepared, profiler) : prepared;
    const train = section(profiler, 'Train', () => runTrial(trial));
    const outcome = await finish(run, trial, await train.finally(() => trial.program.dispose()));
    if (profiler) {
      const report = writeProfile(folder.path, folder.preemptionCount, profiler);
      options.watcher.profile?.(report);
    }
    return outcome;
  } catch (error) {
    requireFolder(folder.path, error);
    leaveFailure(run, error as Error);
    throw error;
  } finally {
    process.off('exit', leave);
    run.record.close();
  }
}

/** @throws UserError if a run has failed because its folder is gone */
function requireFolder(path: string, cause: unknown): void {
  if (existsSync(join(path, FILES.config))) return;
  throw new UserError(
    `${path}: the run's folder, or files in it, were removed or renamed while the run was under way, by another program or by the code of the run itself; what was done is lost`,
    {cause},
  );
}

/** Brings a run's files to where its checkpoint is, and adds those of this process. */
function cutToCheckpoint(folder: RunFolder, runtime: Runtime, options: RunOptions): void {
  const extent = savedOf(folder)?.extent ?? {lines: {}, plots: 0};
  for (const file of cutTo(folder.path, extent, folder.damaged))
    options.watcher.warn(
      `${file}: lines that were there at the checkpoint are missing; the run continues without them`,
    );
  const {code, codeChanges, preemptionCount} = folder;
  const source = codeChanges.length > 0 ? sourceFiles(code, preemptionCount) : {};
  for (const [name, content] of Object.entries({...processFiles(options, runtime, folder), ...source})) {
    makeFolder(dirname(join(folder.path, name)));
    writeWhole(join(folder.path, name), content);
  }
}

function openRun(folder: RunFolder, runtime: ProfiledRuntime, options: RunOptions): OpenRun {
  const {workload, loaded, watcher} = options;
  const evaluations = evaluationsIn(folder.path, workload);
  const record = openRecord({
    path: folder.path,
    experiment: folder.experiment,
    lock: folder.lock,
    workload,
    submission: loaded.config.submission,
    watcher,
    checkpoints: loaded.config.checkpoints,
    tensorboard: options.tensorboard ?? false,
    preemptionCount: folder.preemptionCount,
    plotCount: savedOf(folder)?.extent.plots ?? 0,
    evaluations,
  });
  if (folder.codeChanges.length > 0) {
    const message = `continuing with changed code (${folder.codeChanges.join('; ')}): the run is not official`;
    record.event(savedOf(folder)?.position.globalStep ?? 0, {name: 'changed_code', message});
  }
  const clocks = readClocks();
  const judge = onRecord(options.judge, record.event);
  const {dataset, dataSha256, engineChange, profiler} = runtime;
  return {
    options: {...options, judge},
    folder,
    dataset,
    dataSha256,
    engineChange,
    record,
    profiler,
    clocks,
    settings: fixedHashes(folder.path),
    evaluations,
    lateChanges: [],
  };
}
