import {openSync, writeSync} from 'node:fs';
import {loadWorkload} from '../../workloads/index.js';
import {checkConfig, readConfig, stemOf} from '../config/index.js';
import {countsOf} from '../data/index.js';
import {endingInWords, type RunResult} from '../runs/index.js';
import {loadSubmission} from '../submissions/index.js';
import {count, createLog, type Log, type LogLevel} from '../support/index.js';
import {type ProgressView, type RunOutcome, type RunWatcher, startRun} from '../training/index.js';
import {watchProcess} from './process-end.js';
import {print} from './table.js';
import {createPlainLines, createTerminal, progressParts, type Terminal} from './terminal.js';

/** What the command line says for `run`. */
export interface RunFlags {
  readonly workload: string;
  readonly config: string;
  readonly submission?: string;
  readonly experimentDir: string;
  readonly experimentName?: string;
  readonly backend: string;
  /** False with --no-compile. */
  readonly compile: boolean;
  readonly dataDir?: string;
  readonly rngSeed?: number;
  readonly maxGlobalSteps?: number;
  readonly maxRuntime?: number;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly set: readonly string[];
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const INTERRUPTED = 130;

/** Runs what the flags say and prints the result. @returns the exit code */
export async function runCommand(flags: RunFlags): Promise<number> {
  const source = readConfig(flags.config, flags.set, flags.submission);
  const isText = flags.logFormat === 'text';
  const terminal = process.stderr.isTTY && isText ? createTerminal(process.stderr) : undefined;
  const target = terminal ?? (isText ? createPlainLines(process.stderr) : process.stderr);
  const log = createLog(target, flags.quiet ? 'warn' : flags.logLevel);
  const controller = new AbortController();
  const {signal} = controller;
  const unwatch = watchProcess(source.submission, (reason) => {
    terminal?.clear();
    controller.abort(reason);
  });
  const release = stopOnSignals(log, controller, unwatch);
  try {
    const [workload, submission] = await Promise.all([
      loadWorkload(flags.workload),
      loadSubmission(source.submission, source.submissionAsked),
    ]);
    const loaded = checkConfig(source, submission, workload);
    const outcome = await startRun({
      ...flags,
      workload,
      submission,
      loaded,
      stem: stemOf(flags.config),
      flags,
      overrides: Object.fromEntries(source.overrides.map(({key, value}) => [key, value ?? null])),
      watcher: createWatcher(log, flags.quiet ? undefined : terminal, workload.target.metric),
      signal,
    });
    terminal?.clear();
    return told(outcome, flags, log);
  } finally {
    terminal?.clear();
    release();
    unwatch();
    // The terminal is gone: Node, which wants to leave it as it was, would abort instead of ending.
    if (terminal && signal.reason === 'SIGHUP') process.kill(process.pid, 'SIGHUP');
  }
}

function told({result, path, experiment, globalStep, ending}: RunOutcome, flags: RunFlags, log: Log): number {
  if (result) {
    print(result, () => resultText(result), flags.json);
    return 0;
  }
  const left =
    globalStep > 0
      ? `a checkpoint is in ${path}. To go on`
      : `there is no checkpoint in ${path} yet. To begin it again`;
  log.logger.warn(`${ending.reason}; ${left}: the same command with --experiment-name ${experiment} --resume`);
  if (flags.json) print({status: ending.status, reason: ending.reason, experiment, path}, () => '', true);
  return INTERRUPTED;
}

/** Within so many milliseconds a signal is the first one once more: some programs send it to a process and then to its group. */
const ONE_SIGNAL = 500;

/**
 * The first signal asks for a checkpoint after the step; the second one ends the process at once.
 * @param unwatch - called before that
 * @returns what lets signals be again
 */
function stopOnSignals(log: Log, controller: AbortController, unwatch: () => void): () => void {
  let asked = Number.NaN;
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      if (performance.now() - asked < ONE_SIGNAL) return;
      log.logger.warn('stopped at once: what was done after the last checkpoint is lost');
      unwatch();
      process.exit(INTERRUPTED);
    }
    asked = performance.now();
    log.logger.warn('stopping as soon as this step is done; once more to stop at once');
    controller.abort(name);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, stop);
  return () => {
    for (const name of signals) process.off(name, stop);
  };
}

function createWatcher(log: Log, terminal: Terminal | undefined, metric: string): RunWatcher {
  const {logger} = log;
  let begun: {at: number; step: number} | undefined;
  return {
    engine: ({backend, description, reason}) => logger.info(`engine: ${backend} (${description}); ${reason}`),
    folder(path, logFile) {
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
  const {metric, best, last, timeToTarget} = result;
  const test = last?.[`test/${metric}`];
  return [
    `${result.workload}: ${endingInWords(result)}`,
    timeToTarget
      ? `  target           reached at step ${count(timeToTarget.globalStep)}, after ${timeToTarget.seconds.toFixed(2)} s${result.official ? '' : ' (not official)'}`
      : '  target           not reached',
    best
      ? `  best validation  ${metric} ${best.value.toFixed(4)} at step ${count(best.globalStep)}`
      : '  best validation  none',
    `  last test        ${typeof test === 'number' ? `${metric} ${test.toFixed(4)}` : 'none'}`,
    `  time             ${result.times.submission.toFixed(1)} s training, ${result.times.evaluation.toFixed(1)} s evaluation, ${result.times.total.toFixed(1)} s in all`,
    `  run folder       ${result.path}`,
  ].join('\n');
}
