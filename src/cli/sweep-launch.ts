import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {counted, siblingModule, UserError, writeWhole} from '../support/index.js';
import {
  type BatchJob,
  batchScript,
  type FoundSweep,
  type LaunchPlace,
  modulesOf,
  newLaunch,
  noteJob,
  openSweepFolder,
  orderOf,
  quoted,
  type RunMeans,
  type SweepPlan,
  tasksOf,
} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {failedExit} from './sweep-exit.js';
import type {SweepFlags} from './sweep-flags.js';
import {noticesOf} from './sweep-tables.js';
import {print} from './table.js';

/** A sweep that is given away. */
export interface Launching {
  readonly plan: SweepPlan;
  readonly found: FoundSweep;
  readonly flags: SweepFlags;
  readonly means: RunMeans;
}

/** Gives what is left of a sweep to a cluster, or to commands of the user's own. @returns the exit code */
export async function launch({plan, found, flags, means}: Launching): Promise<number> {
  const runsPerTask = runsPerTaskOf(plan, flags);
  for (const notice of noticesOf(found)) warn(notice);
  const left = found.runs.filter(({standing}) => standing.state !== 'complete').map(({run}) => run);
  if (left.length === 0) {
    process.stderr.write(`${plan.sweep.name}: ${counted(plan.runs.length, 'run')}: all complete\n`);
    return EXIT.done;
  }
  if (plan.sweep.earlyTerminate) warn(WITHOUT_WAITING);
  const lock = await openSweepFolder(found.folder, {plan, means, warn});
  try {
    const orders = {means, modules: modulesOf(plan), runs: left.map((run) => orderOf(plan, run))};
    const place = newLaunch(found.folder, orders);
    const tasks = tasksOf(left.length, runsPerTask);
    if (flags.launcher === 'command') return await runCommands(place, tasks, flags);
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

/** The words that start this tool with this Node. */
function toolWords(): string[] {
  return [
    process.execPath,
    fileURLToPath(new URL('../../../bin/algoperf-ts.js', siblingModule('main', import.meta.url))),
  ];
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

/** Runs the user's command for every task, a few at a time. */
async function runCommands(
  {ordersFile}: LaunchPlace,
  tasks: Tasks['tasks'],
  {template, jobs = 1}: SweepFlags,
): Promise<number> {
  if (!template?.includes('{command}'))
    throw new UserError("--template: must have {command} where the command goes, such as 'docker run image {command}'");
  const queue = [...tasks];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let runs = queue.shift(); runs; runs = queue.shift()) {
      const command = [...toolWords(), 'sweep', 'task', resolve(ordersFile), ...runs.map(String)].map(quoted).join(' ');
      const child = spawn('sh', ['-c', template.replaceAll('{command}', () => command)], {
        stdio: ['ignore', 2, 'inherit'],
      });
      const [status] = await once(child, 'exit');
      if (status !== 0) failed += 1;
    }
  };
  await Promise.all(Array.from({length: Math.min(jobs, tasks.length)}, work));
  return failedExit(failed);
}
