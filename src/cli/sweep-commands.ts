import {resolve} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {type RunResult, readResult} from '../runs/index.js';
import {printableLines, UserError} from '../support/index.js';
import {
  type Failures,
  findRun,
  type LaunchPlace,
  type PlannedRun,
  pathOfRun,
  quoted,
  type RunMeans,
  type SweepPlan,
} from '../sweep/index.js';
import {type ShellCommand, startShellCommand} from './shell-command.js';
import {stopOnSignals} from './sweep-stop.js';
import {toolWords} from './tool-words.js';

/** Tasks that the user's own command does. */
export interface CommandTasks {
  readonly plan: SweepPlan;
  readonly means: RunMeans;
  readonly place: LaunchPlace;
  /** What is left of the sweep, as it is in the file of the launch. */
  readonly left: readonly PlannedRun[];
  /** Places in that list. */
  readonly tasks: readonly (readonly number[])[];
  readonly template: string;
  /** Commands at a time. */
  readonly jobs: number;
  readonly failures: Failures;
  readonly warn: (text: string) => void;
}

/** What came of them. */
interface EndedTasks {
  /** Runs that failed. */
  readonly failed: number;
  /** Whether a signal has stopped them. */
  readonly isStopped: boolean;
}

/** @throws UserError if the template has no place for the command */
export function requireTemplate(template: string | undefined): string {
  if (template?.includes('{command}')) return template;
  throw new UserError("--template: must have {command} where the command goes, such as 'docker run image {command}'");
}

/** Runs the user's command for every task, a few at a time; a signal asks all of them to stop. */
export async function runCommands(given: CommandTasks): Promise<EndedTasks> {
  const commands = new Set<ShellCommand>();
  const endAll = (): void => {
    for (const command of commands) command.kill();
  };
  const {signal, release} = stopOnSignals((text) => void process.stderr.write(`${text}\n`), endAll);
  const stop = (): void => {
    for (const command of commands) command.stop();
  };
  signal.addEventListener('abort', stop);
  const queue = [...given.tasks];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let task = queue.shift(); task && !signal.aborted; task = queue.shift())
      failed += await doTask(task, {...given, commands, signal});
  };
  try {
    await Promise.all(Array.from({length: Math.min(given.jobs, given.tasks.length)}, work));
    return {failed, isStopped: signal.aborted};
  } finally {
    signal.removeEventListener('abort', stop);
    release();
  }
}

interface UnderWay extends CommandTasks {
  readonly commands: Set<ShellCommand>;
  readonly signal: AbortSignal;
}

/** @returns how many of its runs failed */
async function doTask(task: readonly number[], given: UnderWay): Promise<number> {
  const {left, means, failures, commands, signal} = given;
  const runs = task.map((number) => ({run: left[number]!, path: pathOfRun(means.experimentDir, left[number]!)}));
  for (const {path} of runs) failures.begun(path);
  const tried = runs.map((run) => ({...run, before: readResult(run.path)}));
  const command = startShellCommand(given.template.replaceAll('{command}', () => commandOf(task, given.place)));
  commands.add(command);
  const end = await command.ended;
  commands.delete(command);
  if (signal.aborted) return 0;
  const failed = failedOf(tried, endInWords(end), given);
  if (failed === 0 && end.code !== 0)
    given.warn(printableLines(`${tried.map(({run}) => run.name).join(', ')}: complete, though ${endInWords(end)}`));
  return failed;
}

/** The command line of a task, as a shell reads it. */
function commandOf(task: readonly number[], {ordersFile}: LaunchPlace): string {
  return [...toolWords(), 'sweep', 'task', resolve(ordersFile), ...task.map(String)].map(quoted).join(' ');
}

function endInWords({code, signal, lastLines}: Awaited<ShellCommand['ended']>): string {
  // Such as one that puts it into a queue.
  if (code === 0)
    return 'its command ended with exit code 0 without doing it: what --template names has to wait for {command}';
  const end = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  return `its command ${end}${lastLines === '' ? ' and wrote nothing on stderr' : `:\n${lastLines}`}`;
}

interface TriedRun {
  readonly run: PlannedRun;
  readonly path: string;
  /** Its result before the command. */
  readonly before: RunResult | undefined;
}

/** Says which runs of a command that failed have failed, and why. @returns how many */
function failedOf(tried: readonly TriedRun[], end: string, {plan, means, failures, warn}: CommandTasks): number {
  const failed = tried.filter(({run}) => !isComplete(plan, run, means));
  for (const {run, path, before} of failed) {
    const result = readResult(path);
    const ownReason = isDeepStrictEqual(result, before) ? failures.reasonOf(path) : result?.reason;
    if (ownReason === undefined) failures.failed(path, end);
    warn(printableLines(`${run.name}: failed: ${ownReason ?? end}`));
  }
  return failed.length;
}

/** Whether there is nothing left to do in a run. */
function isComplete(plan: SweepPlan, run: PlannedRun, means: RunMeans): boolean {
  try {
    return findRun(plan, run, means).state === 'complete';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
}
