import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {isatty} from 'node:tty';
import {counted, UserError} from '../support/index.js';
import {
  batchSizeOf,
  type FoundSweep,
  findSweep,
  modulesOf,
  openSweepFolder,
  orderOf,
  type PoolRun,
  type PoolWorker,
  type RunMeans,
  readSweep,
  runPool,
  SWEEP_PLOTS,
  type SweepPlan,
  type SweepRow,
  sweepCharts,
  sweepRows,
  writeSweepCharts,
  writeSweepTable,
} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {onStopSignals} from './stop-signals.js';
import {loadPlan} from './sweep-check.js';
import {failedExit} from './sweep-exit.js';
import {requireSweepFlags} from './sweep-flag-rules.js';
import type {SweepFlags} from './sweep-flags.js';
import {defaultJobs, sharedThreads} from './sweep-jobs.js';
import {foundText, noticesOf, resultText, resultValue} from './sweep-tables.js';
import {createSweepView, type SweepView} from './sweep-view.js';
import {type SweepWorker, startSweepWorker} from './sweep-worker.js';
import {print} from './table.js';

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
  const stopping = stopOnSignals(view, workers);
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
        watcher: view,
        startWorker: () => startedWorker({means, modules, env, view, workers}),
      },
    );
    view.clear();
    return await report(plan, found, {flags, failed, isStopped: stopping.signal.aborted, view});
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

/** The first signal asks all runs for a checkpoint; the second ends them at once. */
function stopOnSignals(view: SweepView, workers: ReadonlySet<SweepWorker>) {
  const controller = new AbortController();
  const hearsHangUp = [0, 1, 2].some((fd) => isatty(fd));
  const release = onStopSignals(hearsHangUp, {
    stop(name) {
      view.notice('stopping after the steps under way; signal again to stop immediately');
      controller.abort(name);
    },
    stopAtOnce() {
      view.clear();
      for (const worker of workers) worker.kill();
      process.exit(EXIT.interrupted);
    },
  });
  return {signal: controller.signal, release};
}

interface Ended {
  readonly flags: SweepFlags;
  readonly failed: readonly PoolRun[];
  readonly isStopped: boolean;
  readonly view: SweepView;
}

async function report(plan: SweepPlan, {folder}: FoundSweep, {flags, failed, isStopped, view}: Ended): Promise<number> {
  const rows = sweepRows(plan, flags.experimentDir);
  const plots = await sweepPlots(folder, {rows, isNew: writeSweepTable(folder, plan, rows), view});
  const left = rows.filter(({status}) => ['new', 'unfinished', 'running'].includes(status)).length;
  const results = {plan, rows, folder, plots};
  print(resultValue(results), () => resultText(results), flags.json);
  if (isStopped) {
    process.stderr.write(`interrupted with ${counted(left, 'run')} left; to continue: the same command\n`);
    return EXIT.interrupted;
  }
  return failedExit(failed.length);
}

interface Drawn {
  readonly rows: readonly SweepRow[];
  /** Whether the rows differ from those of which the charts in the folder are. */
  readonly isNew: boolean;
  readonly view: SweepView;
}

/** @returns the folder of the charts; undefined: there are none, since nothing is to be drawn, or they could not be written */
async function sweepPlots(folder: string, {rows, isNew, view}: Drawn): Promise<string | undefined> {
  const plots = join(folder, SWEEP_PLOTS);
  if (!isNew && existsSync(plots)) return plots;
  try {
    const charts = sweepCharts(rows);
    await writeSweepCharts(folder, charts);
    return charts.length > 0 ? plots : undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    view.warn(`no charts of the sweep: ${error.message}`);
    return undefined;
  }
}
