import {createHash} from 'node:crypto';
import {existsSync, rmSync} from 'node:fs';
import {basename, dirname, join, sep} from 'node:path';
import {readResult} from '../runs/index.js';
import {makeFolder, readWholeText, UserError, writeWhole} from '../support/index.js';

/** Where a sweep keeps why runs have failed that could not say so themselves. */
const FOLDER = 'failures';

/** Why runs have failed whose own folders do not say it: they could not be written, or the process was ended from outside. */
export interface Failures {
  /** A run is tried: that it failed before is over. @param run - its folder */
  begun(run: string): void;
  /** A run has failed; kept in the sweep's folder as far as that can be written, and here in any case. */
  failed(run: string, reason: string): void;
  readonly reasonOf: ReasonOf;
}

/** Why a run has failed; undefined: nothing is known of it outside its folder. @param run - its folder */
export type ReasonOf = (run: string) => string | undefined;

/** What this process hears of runs that fail, before what others have kept. */
export function createFailures(): Failures {
  const heard = new Map<string, string>();
  return {
    begun(run) {
      heard.delete(run);
      attempted(() => rmSync(fileOf(run), {force: true}));
    },
    failed(run, reason) {
      const kept = readResult(run);
      if (kept?.status === 'failed' && reason.includes(kept.reason)) return;
      heard.set(run, reason);
      attempted(() => {
        makeFolder(dirname(fileOf(run)));
        writeWhole(fileOf(run), `${JSON.stringify({run: placeOf(run), reason}, null, 2)}\n`);
      });
    },
    reasonOf: (run) => heard.get(run) ?? keptReason(run),
  };
}

/** Why a run has failed, as it is kept in the sweep's folder. */
export function keptReason(run: string): string | undefined {
  const file = fileOf(run);
  if (!existsSync(file)) return undefined;
  try {
    const {reason} = Object(JSON.parse(readWholeText(file))) as {reason?: unknown};
    return typeof reason === 'string' ? reason : undefined;
  } catch {
    return undefined;
  }
}

/** A disk that can't be written may be why the run has failed. */
function attempted(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** A run's folder within the sweep's: `<name>/<workload>_tfjs/trial_1`. */
function placeOf(run: string): string {
  return run.split(sep).slice(-3).join('/');
}

function fileOf(run: string): string {
  const sweep = dirname(dirname(dirname(run)));
  // A run's name may be as long as a file's.
  const key = createHash('sha256').update(placeOf(run)).digest('hex').slice(0, 16);
  return join(sweep, FOLDER, `${basename(dirname(run))}-${key}.json`);
}
