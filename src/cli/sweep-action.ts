import {
  batchSizeOf,
  createFailures,
  type Failures,
  type FoundSweep,
  findSweep,
  modulesOf,
  openSweepFolder,
  orderOf,
  type PoolWatcher,
  type PoolWorker,
  pathOfOrder,
  type RunMeans,
  readSweep,
  runPool,
  type SweepPlan,
} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {loadPlan} from './sweep-check.js';
import {requireSweepFlags} from './sweep-flag-rules.js';
import type {SweepFlags} from './sweep-flags.js';
import {defaultJobs, sharedThreads} from './sweep-jobs.js';
import {reportSweep} from './sweep-report.js';
import {stopOnSignals} from './sweep-stop.js';
import {foundText, noticesOf} from './sweep-tables.js';
import {createSweepView, type SweepView} from './sweep-view.js';
import {type SweepWorker, startSweepWorker} from './sweep-worker.js';

/**
 * Runs what is left of a sweep, or shows it.
 * @returns the exit code
 * @throws UserError for everything that can be checked before a run begins
 */
export async function sweepCommand(file: string, flags: SweepFlags): Promise<number> {
  requireSweepFlags(flags);
  const plan = await loadPlan(readSweep(file));
  const means = meansOf(flags);
  const found = findSweep(plan, means);
  if (flags.dryRun) {
    const {dryRun} = await import('./sweep-dry-run.js');
    await dryRun({plan, found, flags, means});
    return EXIT.done;
  }
  if (flags.launcher !== 'local') {
    const {launch} = await import('./sweep-launch.js');
    return launch({plan, found, flags, means});
  }
  return runSweep(plan, found, {flags, means});
}

function meansOf({experimentDir, backend, compile, dataDir, maxGlobalSteps, maxRuntime}: SweepFlags): RunMeans {
  return {experimentDir, backend, compile, dataDir, maxGlobalSteps, maxRuntime};
}

interface SweepRequest {
  readonly flags: SweepFlags;
  readonly means: RunMeans;
}

async function runSweep(plan: SweepPlan, found: FoundSweep, {flags, means}: SweepRequest): Promise<number> {
  const left = found.runs.filter(({standing}) => standing.state !== 'complete');
  const view = createSweepView({total: plan.runs.length, done: plan.runs.length - left.length, quiet: flags.quiet});
  for (const notice of noticesOf(found)) view.warn(notice);
  const jobs = flags.jobs ?? defaultJobs(left.length);
  view.say(`${foundText(plan, found)}; ${jobs === 1 ? 'one process' : `${jobs} processes`}`);
  const lock = await openSweepFolder(found.folder, {plan, means, warn: view.warn});
  const workers = new Set<SweepWorker>();
  const stopping = stopOnSignals(view.notice, () => endAtOnce(view, workers));
  const failures = createFailures();
  try {
    const modules = modulesOf(plan);
    const env = sharedThreads(jobs);
    const failed = await runPool(
      left.map(({run}) => ({order: orderOf(plan, run), processKey: `${run.workload} ${batchSizeOf(run.run)}`})),
      {
        jobs,
        retries: flags.retry,
        failFast: flags.failFast ?? false,
        isInOrder: plan.sweep.earlyTerminate !== undefined,
        isRenewed: modules.length > 0,
        signal: stopping.signal,
        watcher: hearing(view, failures, means),
        startWorker: () => startedWorker({means, modules, env, view, workers}),
      },
    );
    view.clear();
    const {warn} = view;
    const isStopped = stopping.signal.aborted;
    return await reportSweep({plan, folder: found.folder, flags, failures, failed: failed.length, isStopped, warn});
  } finally {
    view.clear();
    stopping.release();
    lock.release();
  }
}

interface Starting {
  readonly means: RunMeans;
  readonly modules: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly view: SweepView;
  readonly workers: Set<SweepWorker>;
}

function startedWorker({means, modules, env, view, workers}: Starting): PoolWorker {
  let name = '';
  const worker = startSweepWorker({
    means,
    modules,
    env,
    hear: ({warning, progress}) => {
      if (warning !== undefined) view.warn(`${name}: ${warning}`);
      if (progress) view.progress(name, progress);
    },
    print: (text) => view.notice(text.trimEnd()),
  });
  workers.add(worker);
  return {
    ...worker,
    run(order) {
      name = order.name;
      return worker.run(order);
    },
    async end() {
      await worker.end();
      workers.delete(worker);
    },
  };
}

/** The view, and beside it what is kept of runs that fail. */
function hearing(view: SweepView, failures: Failures, {experimentDir}: RunMeans): PoolWatcher {
  return {
    begun(run) {
      failures.begun(pathOfOrder(experimentDir, run.order));
      view.begun(run);
    },
    ended(run, end, isAgain) {
      if (typeof end !== 'string') failures.failed(pathOfOrder(experimentDir, run.order), end.failure);
      view.ended(run, end, isAgain);
    },
  };
}

function endAtOnce(view: SweepView, workers: ReadonlySet<SweepWorker>): void {
  view.clear();
  for (const worker of workers) worker.kill();
}
