import {type ChildProcess, spawn} from 'node:child_process';
import {isatty} from 'node:tty';
import {fileURLToPath} from 'node:url';
import {quietOnClosedPipe} from './closed-pipe.js';
import {type Confirmer, createConfirmer, type Requested} from './confirm.js';
import {EXIT} from './exit-codes.js';
import {createResultKeeper, type ResultKeeper} from './keep-result.js';
import {onStopSignals, STOPPED_AT_ONCE, STOPPED_BEFORE, STOPPING} from './stop-signals.js';
import {superviseProcess} from './supervised-process.js';
import {answerStopping, type RunMessage, type RunTask, type TrialAttempt} from './supervisor-link.js';
import {crashText, endOfTrial, quietEndText, type RunFacts} from './unexpected-end.js';

/** Milliseconds after which the supervisor itself answers a signal, if the run's process is too busy to. */
const ACT_AFTER = 700;

/** Milliseconds that the run's process has to end by itself after the second signal. */
const KILL_AFTER = 400;

/** Milliseconds that it has to end after announcing its end. */
const END_WITHIN = 2000;

/** The state of the run's process. */
interface Supervised {
  readonly child: ChildProcess;
  readonly facts: RunFacts;
  isLogJson: boolean;
  isStopping: boolean;
  /** The user was told that the run stops, while its process was too busy to. */
  isTold: boolean;
  isKilled: boolean;
  exitCode: number | undefined;
  requested: Requested | undefined;
  readonly confirmer: Confirmer;
  readonly results: ResultKeeper;
  /** The trials that it has started; the last one may be under way: then `facts.trial` is set. */
  readonly begun: TrialAttempt[];
  isToBeRenewed: boolean;
}

/**
 * Runs a training in a process of its own and watches over it: whatever its code does, a second signal ends it within a second,
 * stdout gets the result alone, and a crash is explained. It loads only what comes with Node, so that it adds little to the
 * run.
 * @param words - the command line, from `run` on; read by the process of the run
 * @returns the exit code
 */
export async function superviseRun(words: readonly string[]): Promise<number> {
  quietOnClosedPipe();
  // A hang-up matters only to a run with a terminal. `nohup` asks for the same, but Node does not keep the inherited
  // disposition.
  const hearsHangUp = [0, 1, 2].some((fd) => isatty(fd));
  let run: Supervised | undefined;
  let isAsked = false;
  const release = onStopSignals(hearsHangUp, {
    stop(name) {
      isAsked = true;
      if (run) passOn(run, name);
    },
    stopAtOnce: (name) => run && endSoon(run, name),
  });
  try {
    for (const attempts: TrialAttempt[] = []; ; attempts.push(...attemptsOf(run))) {
      run = supervised(words, startRun(words));
      const exitCode = await ending(run, {hearsHangUp, attempts});
      if (!hasTrialsLeft(run, exitCode)) return exitCode;
      // The signal may have come between two processes.
      if (isAsked) return EXIT.interrupted;
    }
  } finally {
    release();
  }
}

function supervised(words: readonly string[], child: ChildProcess): Supervised {
  const confirmer = createConfirmer(() => run.requested);
  const run: Supervised = {
    child,
    facts: {words},
    isLogJson: false,
    isStopping: false,
    isTold: false,
    isKilled: false,
    exitCode: undefined,
    requested: undefined,
    confirmer,
    results: createResultKeeper((line) => say(run, line), confirmer),
    begun: [],
    isToBeRenewed: false,
  };
  return run;
}

/** Whether a new process continues with the trials that are left: this one asked for it, or a trial has ended it. */
function hasTrialsLeft({begun, facts, isToBeRenewed, isStopping, isKilled}: Supervised, exitCode: number): boolean {
  if (isStopping || isKilled || exitCode === EXIT.interrupted) return false;
  // Each process takes at least one trial off those that are left.
  return begun.length > 0 && (isToBeRenewed || facts.trial !== undefined);
}

/** What the next process learns of this one, and records if this one could not. */
function attemptsOf({begun, facts, child}: Supervised): TrialAttempt[] {
  if (!facts.trial) return begun;
  return [...begun.slice(0, -1), {...facts.trial, failure: endOfTrial(child.signalCode)}];
}

function startRun(words: readonly string[]): ChildProcess {
  const module = fileURLToPath(new URL('./run-process.js', import.meta.url));
  return spawn(process.execPath, [...nodeOptions(), module, ...words], {
    // Its stdout goes to stderr, with its messages.
    stdio: ['inherit', 2, 'inherit', 'pipe', 'pipe'],
  });
}

/** Those of this process; a debugger needs its own port. */
function nodeOptions(): string[] {
  return process.execArgv.map((option) => option.replace(/^(--inspect(-brk|-wait)?)(=.*)?$/, '$1=0'));
}

/** Levels as pino has them, which is not loaded here. */
const [WARN, ERROR] = [40, 50];

/** Says something on stderr as the run's process does. */
function say({isLogJson}: Supervised, msg: string, level = WARN): void {
  const line = isLogJson ? JSON.stringify({level, time: new Date().toISOString(), msg}) : msg;
  process.stderr.write(`${line}\n`);
}

function passOn(run: Supervised, name: NodeJS.Signals): void {
  run.child.kill(name);
  const actForIt = (): void => {
    if (run.isStopping) return;
    run.isTold = run.facts.folder !== undefined;
    if (run.isTold) say(run, STOPPING);
    else kill(run);
  };
  setTimeout(actForIt, ACT_AFTER).unref();
}

function endSoon(run: Supervised, name: NodeJS.Signals): void {
  run.child.kill(name);
  setTimeout(() => kill(run), KILL_AFTER).unref();
}

function kill(run: Supervised): void {
  if (!isRunning(run.child)) return;
  run.isKilled = run.child.kill('SIGKILL');
  say(run, run.facts.folder ? STOPPED_AT_ONCE : STOPPED_BEFORE);
}

function isRunning({exitCode, signalCode}: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Takes the messages of the run's process until it ends. @returns the exit code */
async function ending(run: Supervised, task: Omit<RunTask, 'key'>): Promise<number> {
  const {
    code: status,
    signal,
    isCutOff,
  } = await superviseProcess(run.child, task, {
    take: (message) => take(run, message),
    confirmer: run.confirmer,
  });
  run.results.keep();
  if (run.isKilled) return EXIT.interrupted;
  if (signal === 'SIGHUP') hangUp();
  if (run.exitCode !== undefined) return run.exitCode;
  if (signal === 'SIGINT' || signal === 'SIGTERM') return EXIT.interrupted;
  say(run, signal && !isCutOff ? crashText(signal, run.facts) : quietEndText(status, run.facts), ERROR);
  return EXIT.fault;
}

function take(run: Supervised, message: RunMessage): void {
  const {modules, requested, folder, isLogJson, isStopping, print, exitCode} = message;
  takeTrial(run, message);
  if (isLogJson) run.isLogJson = true;
  run.results.take(message);
  if (modules) run.facts.modules = modules;
  // The first one is from before any of the user's code was loaded.
  if (requested) run.requested ??= requested;
  if (folder) run.facts.folder = folder;
  if (isStopping) {
    run.isStopping = true;
    answerStopping(run.child, run.isTold);
  }
  if (print !== undefined) process.stdout.write(print);
  if (exitCode === undefined) return;
  run.exitCode = exitCode;
  setTimeout(() => run.child.kill('SIGKILL'), END_WITHIN).unref();
}

function takeTrial(run: Supervised, {trial, isTrialOver, isToBeRenewed}: RunMessage): void {
  if (trial) {
    run.begun.push(trial);
    run.facts.trial = trial;
  }
  if (isTrialOver) delete run.facts.trial;
  if (isToBeRenewed) run.isToBeRenewed = true;
}

/** Ends this process as the run's was: its terminal is gone, and its parent learns why. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
