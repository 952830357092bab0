import {join} from 'node:path';
import type {Dataset} from '../contract/index.js';
import {openEngine} from '../engine/index.js';
import {closeRun, cutTo, FILES, type RunResult, readResult, runPath} from '../runs/index.js';
import {UserError, writeWhole} from '../support/index.js';
import {dataFingerprint} from './data-fingerprint.js';
import {finish, leaveFailure} from './finish.js';
import {begun, type Folder, type Means, processFiles, requireSameRun, resumed, savedOf} from './folder.js';
import {batchSizeProblem} from './input-queue.js';
import {budgetSecondsOf, evaluationsIn, prepare} from './prepare.js';
import {openRecord} from './record.js';
import type {RunOptions, RunOutcome} from './run-options.js';
import {runTrial} from './trial.js';

/**
 * One run from its folder to its result: begins it, or goes on with it from its last whole checkpoint. A run that is
 * complete is left as it is.
 * @throws UserError for everything that the user can mend
 */
export async function startRun(options: RunOptions): Promise<RunOutcome> {
  const done = options.resume ? completed(options) : undefined;
  if (done) return done;
  const {workload, submission, loaded} = options;
  const batchSize = submission.getBatchSize(workload, loaded.config);
  const {multiplyAdds, matMulMultiplyAdds} = workload;
  const engine = await openEngine(options.backend, {batchSize, multiplyAdds, matMulMultiplyAdds});
  // After the engine: the data is best put where the engine can take it from without a copy.
  const dataset = await workload.loadData(options.dataDir);
  requireBatchSize(options, batchSize, dataset);
  options.watcher.engine(engine);
  const means = {engine, dataset, dataSha256: dataFingerprint(dataset)};
  const folder = options.resume ? resumed(options, means) : begun(options, means);
  options.watcher.folder(folder.path, join(folder.path, FILES.log));
  options.watcher.data(dataset);
  try {
    return await train(options, folder, means);
  } finally {
    closeRun(folder);
  }
}

function requireBatchSize({workload, loaded}: RunOptions, batchSize: number, {train, source}: Dataset): void {
  const problem = batchSizeProblem(batchSize, train);
  if (!problem) return;
  const isOfConfig = batchSize === (loaded.config.batchSize ?? workload.batchSize);
  if (isOfConfig) throw loaded.mistake({path: ['batch_size'], message: `${problem} (data: ${source})`});
  throw new UserError(`${loaded.config.submission}: getBatchSize ${problem} (data: ${source})`);
}

function completed(options: RunOptions): RunOutcome | undefined {
  const {experimentDir, experimentName, workload} = options;
  if (experimentName === undefined) {
    throw new UserError(
      '--resume: say which run with --experiment-name <name>; `algoperf-ts runs list` shows their names',
    );
  }
  const path = runPath(experimentDir, experimentName, workload.name);
  const result = readResult(path);
  if (!result || canGoOn(result, budgetSecondsOf(options))) return undefined;
  requireSameRun(path, options);
  const {status, reason, globalStep} = result;
  return {result, path, experiment: experimentName, globalStep, ending: {status, reason}};
}

/** Whether there is more to do in a run that has a result: its limit of steps or of time is no longer there, or further away. */
function canGoOn({status, trainingComplete, times}: RunResult, budgetSeconds: number | undefined): boolean {
  if (status === 'stopped' || status === 'failed') return true;
  const wasOutOfTime = status === 'budget_spent' && trainingComplete === false;
  return wasOutOfTime && times.submission < (budgetSeconds ?? Number.POSITIVE_INFINITY);
}

async function train(options: RunOptions, folder: Folder, means: Means): Promise<RunOutcome> {
  const {workload, loaded} = options;
  const saved = savedOf(folder);
  if (options.resume) {
    for (const file of cutTo(folder.path, saved?.extent ?? {lines: {}, plots: 0}, folder.damaged))
      options.watcher.warn(
        `${file}: lines that were there at the checkpoint are missing; the run goes on without them`,
      );
    const files = processFiles(options, means, folder.seed, folder.preemptionCount);
    for (const [name, content] of Object.entries(files)) writeWhole(join(folder.path, name), content);
  }
  const evaluations = evaluationsIn(folder.path, workload);
  const record = openRecord({
    path: folder.path,
    workload,
    submission: loaded.config.submission,
    watcher: options.watcher,
    ...loaded.config.checkpoints,
    preemptionCount: folder.preemptionCount,
    plotCount: saved?.extent.plots ?? 0,
    evaluations,
  });
  const run = {options, folder, dataset: means.dataset, record, evaluations};
  // A submission may end the process behind the run's back, and a second signal does.
  const leave = (): void => {
    if (options.signal.reason instanceof Error) leaveFailure(run, options.signal.reason);
    closeRun(folder);
  };
  process.once('exit', leave);
  try {
    const trial = await prepare(run);
    const ending = await runTrial(trial);
    trial.program.dispose();
    return await finish(run, trial, ending);
  } catch (error) {
    leaveFailure(run, error as Error);
    throw error;
  } finally {
    process.off('exit', leave);
    record.close();
  }
}
