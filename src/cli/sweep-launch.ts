import {spawnSync} from 'node:child_process';
import {resolve} from 'node:path';
import {counted, UserError, writeWhole} from '../support/index.js';
import {
  type BatchJob,
  batchScript,
  createFailures,
  type FoundSweep,
  type LaunchPlace,
  modulesOf,
  newLaunch,
  noteJob,
  openSweepFolder,
  orderOf,
  type PlannedRun,
  quoted,
  type RunMeans,
  type SweepPlan,
  tasksOf,
} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {requireTemplate, runCommands} from './sweep-commands.js';
import type {SweepFlags} from './sweep-flags.js';
import {reportSweep, sweepResults} from './sweep-report.js';
import {noticesOf, resultText, resultValue} from './sweep-tables.js';
import {print} from './table.js';
import {toolWords} from './tool-words.js';

/** A sweep that is given away. */
export interface Launching {
  readonly plan: SweepPlan;
  readonly found: FoundSweep;
  readonly flags: SweepFlags;
  readonly means: RunMeans;
}

/** Gives what is left of a sweep to a cluster, or to commands of the user's own. @returns the exit code */
export async function launch(launching: Launching): Promise<number> {
  const {plan, found, flags, means} = launching;
  if (flags.launcher === 'command') requireTemplate(flags.template);
  const runsPerTask = runsPerTaskOf(plan, flags);
  for (const notice of noticesOf(found)) warn(notice);
  const left = found.runs.filter(({standing}) => standing.state !== 'complete').map(({run}) => run);
  if (left.length > 0 && plan.sweep.earlyTerminate) warn(WITHOUT_WAITING);
  const lock = await openSweepFolder(found.folder, {plan, means, warn});
  try {
    if (left.length === 0) return await reportComplete(launching);
    const orders = {means, modules: modulesOf(plan), runs: left.map((run) => orderOf(plan, run))};
    const place = newLaunch(found.folder, orders);
    const tasks = tasksOf(left.length, runsPerTask);
    if (flags.launcher === 'command') return await commanded(launching, {place, left, tasks});
    const job = jobOf(place, {plan, flags, tasks});
    writeWhole(place.scriptFile, batchScript(job));
    return flags.launcher === 'print' ? printed(place, tasks, flags) : submitted(place, tasks, flags);
  } finally {
    lock.release();
  }
}

/** What is not as it is with processes of this command, whose runs begin in their order. */
const WITHOUT_WAITING =
  'early_terminate: a run whose task is still, or again, in a queue is waited for a minute; later runs are then judged without it, and say so in their events';

/** @returns undefined: as many as keep the number of tasks low */
function runsPerTaskOf({sweep}: SweepPlan, {runsPerTask}: SweepFlags): number | undefined {
  if (!sweep.earlyTerminate) return runsPerTask;
  if (runsPerTask === undefined || runsPerTask === 1) return 1;
  throw new UserError(
    '--runs-per-task: with early_terminate a run waits for those before it, which would wait in turn in their tasks; leave it out, so that each run has a task of its own',
  );
}

function warn(text: string): void {
  process.stderr.write(`warning: ${text}\n`);
}

interface Tasks {
  readonly plan: SweepPlan;
  readonly flags: SweepFlags;
  readonly tasks: readonly (readonly number[])[];
}

function jobOf({ordersFile, folder}: LaunchPlace, {plan, flags, tasks}: Tasks): BatchJob {
  const {partition, time, gres, cpusPerTask, maxParallel, sbatch} = flags;
  return {
    sweep: plan.sweep.name,
    ordersFile: resolve(ordersFile),
    tasks,
    logFolder: resolve(folder),
    workingFolder: process.cwd(),
    tool: toolWords(),
    partition,
    time,
    gres,
    cpusPerTask,
    maxParallel,
    sbatch,
  };
}

/** What there is to say where nothing is left to do; the path of a script is all that `print` has on stdout. */
async function reportComplete({plan, found: {folder}, flags}: Launching): Promise<number> {
  process.stderr.write(`${plan.sweep.name}: ${counted(plan.runs.length, 'run')}: all complete\n`);
  const results = await sweepResults({plan, folder, flags, failures: createFailures(), warn});
  const none = flags.launcher === 'command' ? {} : {script: null, tasks: 0};
  const job = flags.launcher === 'slurm' ? {job: null} : {};
  if (flags.json || flags.launcher !== 'print')
    print({...job, ...none, ...resultValue(results)}, () => resultText(results), flags.json);
  return results.table === undefined ? EXIT.userError : EXIT.done;
}

interface Commanded {
  readonly place: LaunchPlace;
  readonly left: readonly PlannedRun[];
  readonly tasks: Tasks['tasks'];
}

/** Does the tasks by the user's own command, and reports as a sweep of this machine's own processes does. */
async function commanded({plan, found: {folder}, flags, means}: Launching, given: Commanded): Promise<number> {
  const failures = createFailures();
  const template = requireTemplate(flags.template);
  const ended = await runCommands({...given, plan, means, template, jobs: flags.jobs ?? 1, failures, warn});
  return reportSweep({plan, folder, flags, failures, warn, ...ended});
}

function printed({scriptFile}: LaunchPlace, tasks: Tasks['tasks'], {json}: SweepFlags): number {
  print({script: scriptFile, tasks: tasks.length}, () => scriptFile, json);
  process.stderr.write(`to submit it: sbatch ${quoted(scriptFile)}\n`);
  return EXIT.done;
}

function submitted(place: LaunchPlace, tasks: Tasks['tasks'], {json}: SweepFlags): number {
  const {status, stdout, stderr, error} = spawnSync('sbatch', ['--parsable', place.scriptFile], {encoding: 'utf8'});
  if (error)
    throw new UserError(
      `--launcher slurm: sbatch can't be started (${error.message}); --launcher print writes the script alone`,
    );
  if (status !== 0) throw new UserError(`--launcher slurm: sbatch refused ${place.scriptFile}: ${stderr.trim()}`);
  const [job] = stdout.trim().split(';');
  noteJob(place, job!);
  const text = () => `job ${job}: ${counted(tasks.length, 'task')}, by ${place.scriptFile}`;
  print({job, script: place.scriptFile, tasks: tasks.length}, text, json);
  return EXIT.done;
}
