import {join} from 'node:path';

/** Options that say how a run begins or is named, and whether they take a value. A resumed run has its own. */
const OF_BEGINNING: {readonly [option: string]: boolean} = {
  '--experiment-name': true,
  '--overwrite': false,
  '--begin-or-resume': false,
  '--resume': false,
};

/** The options that end a run early, by what the flags call them. */
const LIMITS = {maxGlobalSteps: '--max-global-steps', maxRuntime: '--max-runtime'} as const;

/** What a run is continued by. */
export interface Continuation {
  /** The command line that began it, from `run` on. */
  readonly words: readonly string[];
  readonly experiment: string;
  /** The run's folder. */
  readonly path: string;
  /** The limit that ended it, which is left out; absent: none did. */
  readonly limit?: keyof typeof LIMITS | undefined;
}

/** The command that continues a run, for a shell. A config that came from stdin is the one that the run's folder keeps. */
export function continueCommand({words, experiment, path, limit}: Continuation): string {
  const leftOut = limit === undefined ? OF_BEGINNING : {...OF_BEGINNING, [LIMITS[limit]]: true};
  const kept = without(words, leftOut).map((word, i, all) => {
    if (word === '-' && all[i - 1] === '--config') return join(path, 'config.yaml');
    return word === '--config=-' ? `--config=${join(path, 'config.yaml')}` : word;
  });
  return ['algoperf-ts', ...kept, '--experiment-name', experiment, '--resume'].map(forShell).join(' ');
}

/** The words without options: `--name value`, `--name=value` and, for those that take none, `--name`. */
function without(words: readonly string[], leftOut: {readonly [option: string]: boolean}): string[] {
  return words.filter((word, i) => {
    const isValue = leftOut[words[i - 1] ?? ''] === true;
    return !isValue && leftOut[word.split('=')[0]!] === undefined;
  });
}

/** A word as a POSIX shell reads it. */
function forShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
