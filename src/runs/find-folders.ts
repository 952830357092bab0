import {existsSync, lstatSync, readdirSync, realpathSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';
import {onDisk, requireNoDeadLink} from '../support/index.js';
import {FILES, numbered, parseRunPath} from './layout.js';

/** A folder below the experiments that can't be read. */
export interface UnreadableFolder {
  readonly path: string;
  /** In words. */
  readonly reason: string;
}

/** The contents of an experiment folder. */
export interface FoundFolders {
  /** Folders of the form `<experiment>/[study_k/]<workload>_tfjs/trial_n` that hold a file of a run. */
  readonly runs: readonly string[];
  readonly unreadable: readonly UnreadableFolder[];
}

/** What may be a folder to look into. */
interface Candidate {
  readonly folder: string;
  /** Its path without links; absent: it is a link, or its path may have some. */
  readonly real?: string;
}

/**
 * Looks for runs, however deep; none where there is no such folder. Links to folders are followed; a folder is looked into once,
 * by its own name if it has one here.
 * @param experiment - looked for below its folder alone; default: everywhere
 * @throws UserError if the experiment folder itself can't be read
 */
export function findFolders(experimentDir: string, experiment = ''): FoundFolders {
  if (!existsSync(experimentDir)) {
    requireNoDeadLink(experimentDir);
    return {runs: [], unreadable: []};
  }
  onDisk(experimentDir, () => readdirSync(experimentDir));
  const runs: string[] = [];
  const unreadable: UnreadableFolder[] = [];
  const seen = new Set<string>();
  const links: Candidate[] = [];
  const folders: Candidate[] = [{folder: join(experimentDir, experiment)}];
  // Links wait until all that has a name of its own is found.
  for (let next = folders.pop(); next !== undefined; next = folders.pop() ?? links.shift()) {
    const {folder} = next;
    try {
      if (!statSync(folder).isDirectory()) continue;
      const real = next.real ?? realpathSync.native(folder);
      if (isSeen(seen, real)) continue;
      if (isRun(experimentDir, folder)) {
        runs.push(folder);
        continue;
      }
      for (const {name} of readdirSync(folder, {withFileTypes: true}).filter(mayBeFolder)) {
        const path = join(folder, name);
        if (lstatSync(path).isSymbolicLink()) links.push({folder: path});
        else folders.push({folder: path, real: join(real, name)});
      }
    } catch (error) {
      unreadable.push({path: folder, reason: reasonOf(error)});
    }
  }
  return {runs, unreadable};
}

function isSeen(seen: Set<string>, path: string): boolean {
  const was = seen.has(path);
  seen.add(path);
  return was;
}

/** Files by which a run is known; the first one is missing only if it was removed by hand. */
const OF_A_RUN = [FILES.config, FILES.result, numbered('meta_data', 0)];

/** Whether a folder is a run; one that can't be looked into throws. */
function isRun(experimentDir: string, folder: string): boolean {
  if (!parseRunPath(relative(experimentDir, folder))) return false;
  readdirSync(folder);
  return OF_A_RUN.some((file) => existsSync(join(folder, file)));
}

/** Some file systems don't report the type of an entry. */
function mayBeFolder(entry: {name: string; isFile(): boolean}): boolean {
  return !entry.name.startsWith('.') && !entry.isFile();
}

function reasonOf(error: unknown): string {
  const {code, message} = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return "it can't be read: permission denied";
  if (code === 'ENOENT') return 'it is a link to what is no longer there';
  if (code === 'ELOOP') return 'it is a link that leads back to itself';
  return `it can't be read (${message})`;
}
