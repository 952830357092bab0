import {readFileSync} from 'node:fs';
import {continueCommand} from './continue-command.js';
import type {RunMessage} from './supervisor-link.js';

/** What the supervisor knows about a run. */
export interface RunFacts {
  /** Its command line, from `run` on. */
  readonly words: readonly string[];
  modules?: NonNullable<RunMessage['modules']>;
  folder?: NonNullable<RunMessage['folder']>;
  /** The trial that is under way. */
  trial?: NonNullable<RunMessage['trial']>;
}

const OUT_OF_MEMORY = 'give it more memory, or a smaller `batch_size`';

const CAUSES: {readonly [signal: string]: string} = {
  SIGKILL: `it was killed from outside, as the system does when memory or CPU time runs out: ${OUT_OF_MEMORY}`,
  SIGXCPU: 'its CPU time was used up',
  SIGABRT: `it aborted, as when memory runs out or a check in its engine's library fails (the lines above may say which): ${OUT_OF_MEMORY}, or use another engine (\`algoperf-ts backend list\`)`,
};

const CRASH =
  'native code has crashed, most likely the library of its engine: use another engine (`algoperf-ts backend list`), such as `--backend wasm`';

/** For a run whose process was ended by a signal: the likely cause, and what to do. */
export function crashText(signal: NodeJS.Signals, {modules = [], ...facts}: RunFacts): string {
  const code = modules.join(' and ');
  const users =
    modules.length === 0
      ? ''
      : `\nOr ${code} did it, by \`process.abort\`, \`process.kill\` or native code that it loads: if the same command without ${code} runs, look there.`;
  return `The run's process was ended by ${signal}: ${CAUSES[signal] ?? CRASH}.${limitsText()}${users}\n${goOnText(facts)}`;
}

/** For a run whose process ended without a result; without a status: it was ended, since its messages had. */
export function quietEndText(status: number | null, {modules, ...facts}: RunFacts): string {
  const how = status === null ? 'was ended: it could not be heard any more' : `has ended with status ${status}`;
  const ended = `The run's process ${how} and handed over no result`;
  // It tells of its modules before it loads them.
  if (!modules?.length) return `${ended}: the lines above may say why.${limitsText()}\n${goOnText(facts)}`;
  const code = modules.join(' or ');
  return `${ended}: ${code} ended it in a way that can't be detected, or closed or used file descriptor 3 or 4, which belong to the tool.\n${goOnText(facts)}`;
}

/** Limits of a process that a run may reach: how the system calls them, how a shell does, and what is said of those that are below. */
const LIMITS = [
  {name: 'cpu time', option: '-t', below: Infinity, words: (limit: number) => `${limit} s of CPU time`},
  {
    name: 'address space',
    option: '-v',
    below: Infinity,
    words: (limit: number) => `${(limit / 1e9).toFixed(1)} GB of addresses`,
  },
  {name: 'open files', option: '-n', below: 256, words: (limit: number) => `${limit} open files`},
] as const;

/** What this process, and so the run's, is limited to, as a sentence; empty: to nothing that is known. */
export function limitsText(limits = readLimits()): string {
  const low = LIMITS.flatMap(({name, option, below, words}) => {
    const limit = Number(new RegExp(`^Max ${name}\\s+(\\d+)`, 'm').exec(limits)?.[1] ?? Infinity);
    return limit < below ? [`${words(limit)} (ulimit ${option})`] : [];
  });
  return low.length === 0 ? '' : ` It is limited to ${low.join(', ')}.`;
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}

/** The outcome of a trial, recorded in its folder if its process could not. */
export function endOfTrial(signal: NodeJS.Signals | null): string {
  return signal ? `its process was ended by ${signal}` : 'its process ended before the trial was over';
}

function goOnText({words, folder, trial}: RunFacts): string {
  if (trial) return 'It was at work in a trial, which has failed; the trials that are left continue in a new process.';
  if (!folder) return 'There is no run folder yet.';
  return `What was done up to its last checkpoint is in ${folder.path}. To continue: ${continueCommand({words, ...folder})}`;
}
