import type {ConfigSource} from '../config/index.js';
import {endingInWords, latestStep, type RunResult} from '../runs/index.js';
import {loadSealed} from '../submissions/index.js';
import {count, createLog, type Log, modulePathsIn} from '../support/index.js';
import {limitOf, loadRun, type RunOutcome, readRunConfigOf, startRun} from '../training/index.js';
import {isTuning, searchSpaceValue} from '../tuning/index.js';
import {continueCommand} from './continue-command.js';
import {exitCodeOf} from './exit.js';
import {EXIT} from './exit-codes.js';
import {watchProcess} from './process-end.js';
import type {RunFlags} from './run-flags.js';
import {createWatcher} from './run-watcher.js';
import {type Stop, sayingUnconfirmed} from './stop.js';
import type {RunTask, Tell} from './supervisor-link.js';
import {printed} from './table.js';
import {createPlainLines, createTerminal, type Terminal} from './terminal.js';
import {watchSupervisor} from './watch-supervisor.js';

/** How the process of a run is stopped, and how it reports to its supervisor. */
export interface RunProcess {
  readonly stop: Stop;
  readonly tell: Tell;
  /** The trials that earlier processes of the same command have started. */
  readonly attempts: RunTask['attempts'];
  /** The command line, from `run` on. */
  readonly words: readonly string[];
}

/**
 * Runs what the flags say; the result is printed by the supervisor.
 * @returns the exit code
 */
export async function runCommand(flags: RunFlags, run: RunProcess): Promise<number> {
  const isText = flags.logFormat === 'text';
  const terminal = process.stderr.isTTY && isText ? createTerminal(process.stderr) : undefined;
  const target = terminal ?? (isText ? createPlainLines(process.stderr) : process.stderr);
  const log = createLog(target, flags.quiet ? 'warn' : flags.logLevel);
  if (isText) return runLogged(flags, run, {log, terminal});
  run.tell({isLogJson: true});
  try {
    return await runLogged(flags, run, {log, terminal});
  } catch (error) {
    return exitCodeOf(error, (text) => log.logger.error(text));
  }
}

/** Where a run's messages go. */
interface Messages {
  readonly log: Log;
  /** Undefined: stderr is none, or has lines of JSON. */
  readonly terminal: Terminal | undefined;
}

async function runLogged(
  flags: RunFlags,
  {stop, tell, attempts, words}: RunProcess,
  {log, terminal}: Messages,
): Promise<number> {
  const source = await readRunConfigOf(flags);
  const modules = userModules(flags, source);
  const isUsers = modules.length > 0;
  tell({modules, ...(isUsers && {requested: {workload: flags.workload, dataDir: flags.dataDir}})});
  const {confirm: asking} = await watchSupervisor(isUsers, tell);
  const confirm = asking && sayingUnconfirmed(stop, asking);
  const {controller} = stop;
  const unwatch = watchProcess(modules[0] ?? source.submission, {
    onEnd(reason) {
      terminal?.clear();
      controller.abort(reason);
    },
    onExit: (exitCode) => tell({exitCode}),
  });
  stop.say = log.notice;
  stop.beforeExit = unwatch;
  try {
    const load = <T>(work: () => Promise<T>): Promise<T> => (isUsers ? loadSealed(work, modules[0]!) : work());
    const visibleTerminal = flags.quiet ? undefined : terminal;
    if (isTuning(flags) || flags.dryRun || flags.estimate) {
      const {tuningCommand} = await import('./tuning-action.js');
      return await tuningCommand({
        flags,
        source,
        load,
        isUsers,
        log,
        terminal: visibleTerminal,
        tell,
        confirm,
        attempts,
        signal: controller.signal,
      });
    }
    const loaded = await load(() => loadRun(flags, source));
    const {metric} = loaded.workload.target;
    const watcher = createWatcher({log, tell, terminal: visibleTerminal, metric});
    const options = {...flags, ...loaded, flags, watcher, confirm, signal: controller.signal};
    const outcome = await startRun(options);
    terminal?.clear();
    const limit = outcome.result && limitOf(outcome.result, options);
    const command = continueCommand({words, ...outcome, limit});
    return report(outcome, {flags, log, tell, command, limit});
  } finally {
    terminal?.clear();
    unwatch();
    // The terminal is gone: Node, which wants to leave it as it was, would abort instead of ending.
    if (controller.signal.reason === 'SIGHUP') endByHangUp();
  }
}

/**
 * The user's own modules that a run is made of: its submission, its workload, and those that the config or the search space
 * names.
 */
function userModules({workload, tuningSearchSpace}: RunFlags, {submission, data}: ConfigSource): string[] {
  const space = tuningSearchSpace === undefined ? [] : searchSpaceValue(tuningSearchSpace);
  return modulePathsIn([submission, workload, data, space]);
}

function endByHangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

interface Reporting {
  readonly flags: RunFlags;
  readonly log: Log;
  readonly tell: Tell;
  /** Continues the run. */
  readonly command: string;
  /** Ended the run, which may go on without it. */
  readonly limit: ReturnType<typeof limitOf>;
}

function report(outcome: RunOutcome, {flags, log, tell, command, limit}: Reporting): number {
  const {result, path, experiment, globalStep, ending, wasComplete = false} = outcome;
  if (result) {
    const note = wasComplete ? ['the run was already complete and is left as it is:'] : [];
    const text = () => [...note, resultText(result)].join('\n');
    if (limit) log.logger.info(`to continue without this limit: ${command}`);
    tell({print: printed({...result, wasComplete}, text, flags.json)});
    return EXIT.done;
  }
  log.notice(`${ending.reason}; ${whatIsLeft(path, globalStep)}: ${command}`);
  if (flags.json) {
    const {status, reason} = ending;
    tell({print: printed({status, reason, experiment, path}, () => '', true)});
  }
  return EXIT.interrupted;
}

/** How to continue an interrupted run. */
function whatIsLeft(path: string, globalStep: number): string {
  if (latestStep(path) > 0) return `a checkpoint is in ${path}. To continue`;
  if (globalStep === 0) return `there is no checkpoint in ${path} yet. To start it again`;
  return `the run keeps no checkpoints (checkpoints.keep: none), so its work is lost. To start it again`;
}

function resultText(result: RunResult): string {
  const {metric, best, last, timeToTarget, overshootSeconds} = result;
  const over = overshootSeconds > 0 ? ` (${overshootSeconds.toPrecision(2)} s over the limit)` : '';
  const test = `test/${metric}`;
  return [
    `${result.workload}: ${endingInWords(result)}`,
    timeToTarget
      ? `  target           reached at step ${count(timeToTarget.globalStep)}, after ${timeToTarget.seconds.toFixed(2)} s${result.official ? '' : ' (not official)'}`
      : '  target           not reached',
    best
      ? `  best validation  ${metric} ${best.value.toFixed(4)} at step ${count(best.globalStep)}`
      : '  best validation  none',
    // Not every workload has a test split.
    ...(last && !Object.hasOwn(last, test)
      ? []
      : [`  last test        ${last ? `${metric} ${metricText(last[test])}` : 'none'}`]),
    `  time             ${result.times.submission.toFixed(1)} s training${over}, ${result.times.evaluation.toFixed(1)} s evaluation, ${result.times.total.toFixed(1)} s in all`,
    `  run folder       ${result.path}`,
  ].join('\n');
}

/** A metric's value; a value that JSON can't hold reads as null. */
function metricText(value: number | null | undefined): string {
  return value?.toFixed(4) ?? 'NaN';
}
