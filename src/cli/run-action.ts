import {openSync, writeSync} from 'node:fs';
import {Worker} from 'node:worker_threads';
import type {ConfigSource} from '../config/index.js';
import {countsOf} from '../data/index.js';
import {endingInWords, latestStep, type RunResult} from '../runs/index.js';
import {requireNoEngines, sealProcess} from '../submissions/index.js';
import {count, createLog, isModulePath, type Log, siblingModule} from '../support/index.js';
import {
  loadRun,
  type ProgressView,
  type RunOutcome,
  type RunWatcher,
  readRunConfig,
  startRun,
} from '../training/index.js';
import {EXIT} from './exit-codes.js';
import {watchProcess} from './process-end.js';
import type {RunFlags} from './run-flags.js';
import type {Stop} from './stop.js';
import type {Tell} from './supervisor-link.js';
import {printed} from './table.js';
import {createPlainLines, createTerminal, progressParts, type Terminal} from './terminal.js';

/** How the process of a run is asked to stop, and how it reports to its supervisor. */
export interface RunProcess {
  readonly stop: Stop;
  readonly tell: Tell;
}

/**
 * Runs what the flags say; the result is printed by the supervisor.
 * @returns the exit code
 */
export async function runCommand(flags: RunFlags, {stop, tell}: RunProcess): Promise<number> {
  const source = readRunConfig(flags);
  const modules = userModules(flags, source);
  tell({modules});
  const isUsers = modules.length > 0;
  await watchLifeline(isUsers);
  const isText = flags.logFormat === 'text';
  const terminal = process.stderr.isTTY && isText ? createTerminal(process.stderr) : undefined;
  const target = terminal ?? (isText ? createPlainLines(process.stderr) : process.stderr);
  const log = createLog(target, flags.quiet ? 'warn' : flags.logLevel);
  const {controller} = stop;
  const unwatch = watchProcess(modules[0] ?? source.submission, {
    onEnd(reason) {
      terminal?.clear();
      controller.abort(reason);
    },
    onExit: (exitCode) => tell({exitCode}),
  });
  stop.say = (text) => log.logger.warn(text);
  stop.beforeExit = unwatch;
  try {
    if (isUsers) sealProcess();
    const loaded = await loadRun(flags, source);
    if (isUsers) requireNoEngines(modules[0]!);
    const outcome = await startRun({
      ...flags,
      ...loaded,
      flags,
      watcher: createWatcher({
        log,
        tell,
        terminal: flags.quiet ? undefined : terminal,
        metric: loaded.workload.target.metric,
      }),
      signal: controller.signal,
    });
    terminal?.clear();
    return report(outcome, {flags, log, tell});
  } finally {
    terminal?.clear();
    unwatch();
    // The terminal is gone: Node, which wants to leave it as it was, would abort instead of ending.
    if (controller.signal.reason === 'SIGHUP') endByHangUp();
  }
}

/** The user's own modules that a run is made of: its submission, its workload, and those that the config names. */
function userModules({workload}: RunFlags, {submission, data}: ConfigSource): string[] {
  const named = (JSON.stringify(data) ?? '').matchAll(/"([^"]*)"/g);
  return [...new Set([submission, workload, ...Array.from(named, ([, text]) => text!)])].filter(isModulePath);
}

/** Where a user's code may keep the main thread for ever, another one watches. */
async function watchLifeline(isUsers: boolean): Promise<void> {
  if (isUsers) new Worker(siblingModule('lifeline', import.meta.url), {execArgv: []}).unref();
  else await import('./lifeline.js');
}

function endByHangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

interface Reporting {
  readonly flags: RunFlags;
  readonly log: Log;
  readonly tell: Tell;
}

function report(outcome: RunOutcome, {flags, log, tell}: Reporting): number {
  const {result, path, experiment, globalStep, ending, wasComplete = false} = outcome;
  if (result) {
    const note = wasComplete ? ['the run was complete already, and is left as it is:'] : [];
    const text = () => [...note, resultText(result)].join('\n');
    tell({print: printed({...result, wasComplete}, text, flags.json)});
    return EXIT.done;
  }
  log.logger.warn(
    `${ending.reason}; ${whatIsLeft(path, globalStep)}: the same command with --experiment-name ${experiment} --resume`,
  );
  if (flags.json) {
    const {status, reason} = ending;
    tell({print: printed({status, reason, experiment, path}, () => '', true)});
  }
  return EXIT.interrupted;
}

/** What an interrupted run can go on from, and what it can do. */
function whatIsLeft(path: string, globalStep: number): string {
  if (latestStep(path) > 0) return `a checkpoint is in ${path}. To go on`;
  if (globalStep === 0) return `there is no checkpoint in ${path} yet. To begin it again`;
  return `the run keeps no checkpoints (checkpoints.keep: none), so what it did is lost. To begin it again`;
}

interface Watching {
  readonly log: Log;
  readonly tell: Tell;
  readonly terminal: Terminal | undefined;
  readonly metric: string;
}

function createWatcher({log, tell, terminal, metric}: Watching): RunWatcher {
  const {logger} = log;
  let begun: {at: number; step: number} | undefined;
  return {
    engine: ({backend, description, reason}) => logger.info(`engine: ${backend} (${description}); ${reason}`),
    folder({path, experiment, logFile}) {
      tell({folder: {path, experiment}});
      const file = openSync(logFile, 'a');
      log.add({write: (line) => void writeSync(file, line)});
      logger.info(`run folder: ${path}`);
    },
    data: (dataset) => {
      const {source, note} = dataset;
      const counts = Object.entries(countsOf(dataset)).map(([split, examples]) => `${count(examples)} ${split}`);
      logger.info(`data: ${source} (${counts.join(', ')} examples)${note === undefined ? '' : `; ${note}`}`);
    },
    warn: (message) => logger.warn(message),
    event: ({globalStep, name, message}) => {
      if (name === 'checkpoint') logger.debug({global_step: globalStep, event: name}, message);
      else if (name === 'not_finite') logger.warn({global_step: globalStep, event: name}, message);
      else logger.info({global_step: globalStep, event: name}, message);
    },
    progress(view) {
      begun ??= {at: performance.now(), step: view.globalStep};
      terminal?.progress(progressParts(view, secondsLeft(view, begun), metric));
    },
  };
}

function secondsLeft({globalStep, totalSteps}: ProgressView, begun: {at: number; step: number}): number | undefined {
  const done = globalStep - begun.step;
  if (totalSteps === undefined || done < 1) return undefined;
  return ((performance.now() - begun.at) / 1000 / done) * (totalSteps - globalStep);
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
      : [`  last test        ${last ? `${metric} ${shown(last[test])}` : 'none'}`]),
    `  time             ${result.times.submission.toFixed(1)} s training${over}, ${result.times.evaluation.toFixed(1)} s evaluation, ${result.times.total.toFixed(1)} s in all`,
    `  run folder       ${result.path}`,
  ].join('\n');
}

/** A metric's value; what JSON can't hold is null in a result that was read. */
function shown(value: number | null | undefined): string {
  return value?.toFixed(4) ?? 'NaN';
}
