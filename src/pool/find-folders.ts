import {existsSync, readdirSync, realpathSync, statSync} from 'node:fs';
import {basename, dirname, join, relative, resolve, sep} from 'node:path';
import {lookedFor, unreadableInWords} from '../runs/index.js';
import {onDisk, UserError} from '../support/index.js';

/** A folder with a submission's runs on a workload, in one study. */
export interface WorkloadFolder {
  readonly submission: string;
  /** Empty: of no study. */
  readonly study: string;
  readonly workload: string;
  /** Whether this tool ran them. */
  readonly isOurs: boolean;
  readonly path: string;
  /** Names of folders of trials. */
  readonly trials: readonly string[];
  /** Names of text logs of AlgoPerf's runner. */
  readonly logs: readonly string[];
}

/** What lies below some folders. */
export interface FoundWorkloads {
  /** In the order of their names: of submissions, studies and workloads. */
  readonly folders: readonly WorkloadFolder[];
  /** Folders that can't be looked into, with the reason. */
  readonly unreadable: readonly {readonly path: string; readonly reason: string}[];
}

const FORM = '<submission>/[study_k/]<workload>_tfjs/trial_n (or _jax, _pytorch)';
const WORKLOAD = /^(.+)_(tfjs|jax|pytorch)$/;
const STUDY = /^study/i;
const TRIAL = /^trial_\d+/;
/** What AlgoPerf's scripts put after a name where one experiment was started several times. */
const TIMESTAMP = /-\d{4}(-\d{2}){5}$/;

/**
 * Finds runs, however deep: `<submission>/[<study>/]<workload>_<framework>/trial_n`, with framework `tfjs`, `jax` or `pytorch`, and text
 * logs in place of trials. The names of folders between a given one and the study are the submission's; a given folder that is a
 * submission itself has its own name. Links are followed; a folder is looked into once.
 * @throws UserError if a folder is not there or holds no run, or two submissions have the same name
 */
export function findWorkloads(dirs: readonly string[]): FoundWorkloads {
  const unreadable: {path: string; reason: string}[] = [];
  const seen = new Map<string, WorkloadFolder>();
  for (const dir of dirs) {
    const found = below(dir, unreadable);
    if (found.length === 0 && unreadable.length === 0) throw new UserError(nothingIn(dir));
    for (const folder of found) {
      const real = realpathSync(folder.path);
      if (!seen.has(real)) seen.set(real, folder);
    }
  }
  if (seen.size === 0) throw new UserError(dirs.map(nothingIn).join('\n') + unreadableInWords(unreadable));
  const folders = merged([...seen.values()]);
  requireOwnNames(folders, dirs);
  const key = ({submission, study, workload, path}: WorkloadFolder) => [submission, study, workload, path].join('\0');
  return {folders: folders.sort((a, b) => (key(a) < key(b) ? -1 : 1)), unreadable};
}

function nothingIn(dir: string): string {
  return `${dir}: there are no runs in it; ${lookedFor(dir, FORM)}`;
}

function below(dir: string, unreadable: {path: string; reason: string}[]): WorkloadFolder[] {
  if (!existsSync(dir)) throw new UserError(`${dir}: there is no such folder`);
  if (!onDisk(dir, () => statSync(dir)).isDirectory())
    throw new UserError(`${dir}: it is a file, not a folder of runs`);
  const found: WorkloadFolder[] = [];
  const seen = new Set<string>();
  const folders = [dir];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    try {
      const real = realpathSync(folder);
      if (seen.has(real)) continue;
      seen.add(real);
      const entries = readdirSync(folder, {withFileTypes: true}).filter(({name}) => !name.startsWith('.'));
      const isFolder = (entry: (typeof entries)[number]) =>
        entry.isDirectory() || (!entry.isFile() && statSync(join(folder!, entry.name)).isDirectory());
      const names = entries.filter((entry) => isFolder(entry)).map(({name}) => name);
      const logs = entries.filter(({name}) => name.endsWith('.log')).map(({name}) => name);
      const run = workloadFolder(dir, folder, {
        trials: names.filter((name) => TRIAL.test(name)).sort(),
        logs: logs.sort(),
      });
      if (run) found.push(run);
      else folders.push(...names.map((name) => join(folder!, name)));
    } catch (error) {
      unreadable.push({path: folder, reason: (error as Error).message});
    }
  }
  return found;
}

function workloadFolder(
  dir: string,
  path: string,
  {trials, logs}: Pick<WorkloadFolder, 'trials' | 'logs'>,
): WorkloadFolder | undefined {
  const [, workload, framework] = WORKLOAD.exec(basename(resolve(path))) ?? [];
  if (workload === undefined || (trials.length === 0 && logs.length === 0)) return undefined;
  const names = namesAbove(dir, path);
  const study = names.length > 0 && STUDY.test(names.at(-1)!) ? names.pop()! : '';
  return {submission: names.join('/'), study, workload, isOurs: framework === 'tfjs', path, trials, logs};
}

/** The names from a submission down to a workload's folder, that one left out. */
function namesAbove(dir: string, path: string): string[] {
  const above = relative(resolve(dir), dirname(resolve(path)));
  const names = above === '' ? [] : above.split(sep);
  let root = resolve(dir);
  // A study, or a workload's folder, may be what was given.
  if (names[0] === '..') {
    names.shift();
    root = dirname(root);
  }
  if (STUDY.test(basename(root)) && names.length === 0) return [basename(dirname(root)), basename(root)];
  const isSubmission = names.length === 0 || (names.length === 1 && STUDY.test(names[0]!));
  return isSubmission ? [basename(root), ...names] : names;
}

/** AlgoPerf's folders that differ only by a trailing time are one submission, if the name without it exists. */
function merged(folders: readonly WorkloadFolder[]): WorkloadFolder[] {
  const names = new Set(folders.map(({submission}) => submission));
  return folders.map((folder) => {
    const plain = folder.submission.replace(TIMESTAMP, '');
    return !folder.isOurs && names.has(plain) ? {...folder, submission: plain} : folder;
  });
}

function requireOwnNames(folders: readonly WorkloadFolder[], dirs: readonly string[]): void {
  const owners = new Map<string, string>();
  for (const {submission, path} of folders) {
    const owner = dirs.find((dir) => `${resolve(path)}${sep}`.startsWith(`${resolve(dir)}${sep}`)) ?? path;
    const other = owners.get(submission) ?? owner;
    if (other !== owner)
      throw new UserError(
        `two submissions are called '${submission}': one in ${other}, one in ${owner}; rename one, or give the folder above both`,
      );
    owners.set(submission, owner);
  }
}
