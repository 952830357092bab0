import {chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Confirmer} from './confirm.js';
import type {RunMessage} from './supervisor-link.js';

/** Keeps the results of the runs of a process as the runs have written them. */
export interface ResultKeeper {
  /** Takes what the process says of its results. */
  take(message: RunMessage): void;
  /**
   * Once the process has ended: restores each result, and says so where it has left something else. A submission may write such a
   * file itself and end the process, or change the file on the way out.
   */
  keep(): void;
}

/** Why a result does not count that its run has not had confirmed, though it was to. */
const UNCONFIRMED = 'what reached the target was not evaluated again without the code of the submission';

/**
 * @param say - called with a line for the user
 * @param allows - whether a result claims nothing that was not confirmed; one that does is kept as one that is not official
 */
export function createResultKeeper(say: (line: string) => void, {allows}: Pick<Confirmer, 'allows'>): ResultKeeper {
  /** By file; null: the run has written none. */
  const results = new Map<string, string | null>();
  const keptText = ({file, text}: NonNullable<RunMessage['result']>): string | null => {
    if (text === null || allows(file, text)) return text;
    say(`${file}: the result is not official: ${UNCONFIRMED}`);
    return unofficial(text);
  };
  return {
    take({result, lostResult}) {
      if (result) results.set(result.file, keptText(result));
      if (lostResult !== undefined) results.delete(lostResult);
    },
    keep() {
      for (const [file, text] of results) {
        const found = textOf(file);
        if (found === null && !existsSync(dirname(file))) say(gone(dirname(file), text));
        else if (found !== text) say(restored(file, text));
      }
    },
  };
}

function unofficial(text: string): string {
  const result = JSON.parse(text) as {readonly notOfficialBecause: readonly string[]};
  const notOfficialBecause = [...result.notOfficialBecause, UNCONFIRMED];
  return `${JSON.stringify({...result, official: false, notOfficialBecause}, null, 2)}\n`;
}

/** What is said of a run whose folder is not there: nothing can be restored in it. */
function gone(run: string, text: string | null): string {
  const result = text === null ? 'the run has no result' : 'its result is lost';
  return `${run}: the run's folder was removed or renamed by the time its process had ended; ${result}: a folder elsewhere that has one for it was not left so by the run`;
}

/** @returns what was found and done, in words */
function restored(file: string, text: string | null): string {
  const found =
    text === null
      ? `${file} was not written by the run, which has no result`
      : `${file} was changed after the run had ended, by its own process`;
  try {
    makeWritable(dirname(file));
    // It may be a folder.
    rmSync(file, {recursive: true, force: true});
    if (text === null) return `${found}; it is removed`;
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
    return `${found}; it is as it was again`;
  } catch (error) {
    return `${found}, and can't be restored: ${error}`;
  }
}

/** Gives the owner back what the run had, to the folder and to those that lead there. */
function makeWritable(folder: string): void {
  try {
    const {mode} = statSync(folder);
    if ((mode & 0o700) !== 0o700) chmodSync(folder, mode | 0o700);
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    makeWritable(dirname(folder));
    chmodSync(folder, statSync(folder).mode | 0o700);
  }
}

/** Null: there is no such file. */
function textOf(file: string): string | null | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : undefined;
  }
}
