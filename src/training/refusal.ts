import {join} from 'node:path';
import {stringify} from 'yaml';
import {
  createRun,
  endRun,
  FILES,
  officialBy,
  openRun,
  type RunResult,
  readResult,
  reasonsSoFar,
  runPath,
} from '../runs/index.js';
import {failedResult} from './finish.js';
import {evaluationsIn} from './prepare.js';
import {json} from './process-files.js';
import {locationOf} from './run-folder.js';
import type {RunOptions} from './run-options.js';

/** A run that is recorded without being started. */
export interface RefusedRun
  extends Pick<RunOptions, 'workload' | 'experimentDir' | 'study' | 'trial' | 'overrides' | 'watcher'> {
  readonly experimentName: string;
  /** As it was given, since no check let it through. */
  readonly config: unknown;
}

/** Keeps a folder that says why the run was not started; one that said so before is replaced. */
export async function recordRefusal(run: RefusedRun, reason: string): Promise<void> {
  const {workload, experimentDir, experimentName, study, trial = 1, config, overrides, watcher} = run;
  const location = {experiment: experimentName, study, workload: workload.name, trial};
  const result = refusedResult(run, runPath(experimentDir, location), reason);
  const text = json(result);
  const {path, lock} = await createRun({
    warn: (message) => watcher.warn(message),
    experimentDir,
    experimentName,
    stem: '',
    study,
    workload: workload.name,
    trial,
    overwrite: true,
    files: {
      [FILES.config]: `# The configuration as it was given: it was refused.\n${stringify(config)}`,
      [FILES.hparams]: json(Object(config).hyperparameters ?? {}),
      [FILES.overrides]: json(overrides),
      [FILES.result]: text,
    },
  });
  watcher.result?.({file: join(path, FILES.result), text});
  lock.release();
}

function refusedResult({workload, experimentName}: RefusedRun, path: string, reason: string): RunResult {
  return {
    status: 'failed',
    reason,
    workload: workload.name,
    experiment: experimentName,
    path,
    globalStep: 0,
    metric: workload.target.metric,
    best: null,
    last: null,
    timeToTarget: null,
    timeToTestTarget: null,
    times: {submission: 0, evaluation: 0, logging: 0, total: 0},
    overshootSeconds: 0,
    ...officialBy(['it was not started'], 'failed'),
    trainingComplete: false,
  };
}

/** Records in a run's folder that its process ended without saying so, unless the run has a result. */
export async function recordCrash(options: RunOptions, reason: string): Promise<void> {
  const {experimentDir, workload, watcher} = options;
  const location = locationOf(options);
  // Looked for before the lock is taken: beside one it does not count.
  if (readResult(runPath(experimentDir, location))) return;
  const run = await openRun(experimentDir, location, {warn: (message) => watcher.warn(message)});
  try {
    const folder = {...run, notOfficial: reasonsSoFar(run.path)};
    const evaluations = evaluationsIn(run.path, workload);
    const {written} = endRun(run.path, failedResult({options, folder, evaluations}, reason));
    watcher.result?.(written);
  } finally {
    run.lock.release();
  }
}
