import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {isatty} from 'node:tty';
import {fileURLToPath} from 'node:url';
import {siblingModule} from '../support/index.js';
import {EXIT} from './exit.js';
import type {RunFlags} from './run-flags.js';
import {onStopSignals, STOPPING, STOPPING_AT_ONCE} from './stop-signals.js';
import {messageOn, type RunMessage, type RunTask} from './supervisor-link.js';

/** Milliseconds after which the supervisor itself says that a signal was heard, where the run's process is too busy to. */
const SAY_AFTER = 700;

/** Milliseconds that the run's process has to end by itself once it was asked to stop at once. */
const KILL_AFTER = 400;

/** Milliseconds that it has to end once it said that it is about to. */
const END_WITHIN = 2000;

/** What is known of the run's process. */
interface Supervised {
  readonly child: ChildProcess;
  folder: RunMessage['folder'];
  isStopping: boolean;
  isKilled: boolean;
  exitCode: number | undefined;
}

/**
 * Runs a training in a process of its own and watches over it: whatever its code does, a second signal ends it within a
 * second, what is written to stdout is the result alone, and a crash is put in words.
 * @returns the exit code
 */
export async function superviseRun(flags: RunFlags): Promise<number> {
  // A hang-up is for those who have a terminal to lose. `nohup` asks for the same, but Node does not keep what it asked for.
  const hearsHangUp = [0, 1, 2].some((fd) => isatty(fd));
  const run: Supervised = {
    child: startRun({flags, hearsHangUp}),
    folder: undefined,
    isStopping: false,
    isKilled: false,
    exitCode: undefined,
  };
  process.removeAllListeners('SIGUSR1');
  const release = onStopSignals(hearsHangUp, {
    stop: (name) => passOn(run, name),
    stopAtOnce: (name) => endSoon(run, name),
  });
  try {
    return await ending(run);
  } finally {
    release();
  }
}

function startRun(task: RunTask): ChildProcess {
  const module = fileURLToPath(siblingModule('run-process', import.meta.url));
  return spawn(process.execPath, [...nodeOptions(), module, JSON.stringify(task)], {
    // Its stdout goes where its messages go.
    stdio: ['inherit', 2, 'inherit', 'pipe', 'pipe'],
  });
}

/** Those of this process; a debugger needs a port of its own. */
function nodeOptions(): string[] {
  return process.execArgv.map((option) => option.replace(/^(--inspect(-brk|-wait)?)(=.*)?$/, '$1=0'));
}

function passOn(run: Supervised, name: NodeJS.Signals): void {
  run.child.kill(name);
  const say = (): void => {
    if (!run.isStopping) process.stderr.write(`${STOPPING}\n`);
  };
  setTimeout(say, SAY_AFTER).unref();
}

function endSoon(run: Supervised, name: NodeJS.Signals): void {
  run.child.kill(name);
  const kill = (): void => {
    if (!isRunning(run.child)) return;
    run.isKilled = run.child.kill('SIGKILL');
    process.stderr.write(`${STOPPING_AT_ONCE}\n`);
  };
  setTimeout(kill, KILL_AFTER).unref();
}

function isRunning({exitCode, signalCode}: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Takes the messages of the run's process until it ends. @returns the exit code */
async function ending(run: Supervised): Promise<number> {
  const lines = createInterface({input: run.child.stdio[4] as Readable});
  lines.on('line', (line) => take(run, messageOn(line)));
  const [[status, signal]] = await Promise.all([once(run.child, 'exit'), once(lines, 'close')]);
  if (run.isKilled) return EXIT.interrupted;
  if (signal === 'SIGHUP') hangUp();
  if (run.exitCode !== undefined) return run.exitCode;
  if (signal === 'SIGINT' || signal === 'SIGTERM') return EXIT.interrupted;
  process.stderr.write(`${signal ? crashText(signal, run.folder) : quietEndText(status)}\n`);
  return EXIT.fault;
}

function take(run: Supervised, message: RunMessage | undefined): void {
  if (message?.folder) run.folder = message.folder;
  if (message?.isStopping) run.isStopping = true;
  if (typeof message?.print === 'string') process.stdout.write(message.print);
  if (message?.exitCode === undefined) return;
  run.exitCode = message.exitCode;
  setTimeout(() => run.child.kill('SIGKILL'), END_WITHIN).unref();
}

/** Ends this process as the run's was: its terminal is gone, and who waits for it learns why. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

const CRASHES: {readonly [signal: string]: string} = {
  SIGKILL:
    'it was killed from outside, as the system does when memory runs out: give it more memory, or a smaller `batch_size`',
  SIGABRT:
    'it gave up, as when memory runs out or a check in the library of its engine fails (the lines above may say which): give it more memory or a smaller `batch_size`, or use another engine by `--backend`',
};

const ENGINE_CRASH =
  'the library of its engine, or another native one, has crashed: use another engine by `--backend wasm`, or mend this one (`algoperf-ts backend list`)';

function crashText(signal: NodeJS.Signals, folder: RunMessage['folder']): string {
  return `The run's process was ended by ${signal}: ${CRASHES[signal] ?? ENGINE_CRASH}.\n${goOnText(folder)}`;
}

function goOnText(folder: RunMessage['folder']): string {
  if (!folder) return 'There is no run folder yet.';
  return `What was done up to its last checkpoint is in ${folder.path}. To go on: the same command with --experiment-name ${folder.experiment} --resume`;
}

function quietEndText(status: number): string {
  return `The run's process has ended with status ${status} before the run was over, and did not say why: a submission may have ended it.`;
}
