import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {contentsInWords, onDisk, readWholeText, UserError, writeWhole} from '../support/index.js';

/** What the runs were planned as, for those who read the folder later. */
const SWEEP_RECORD = 'sweep.json';

/** A run as the record names it; in its file it has all that it takes to do it. */
export interface RecordedRun {
  readonly name: string;
  readonly experiment: string;
  /** As its folder is called. */
  readonly workloadName: string;
}

/** Keeps in a sweep's folder what it consists of, in its order. */
export function writeSweepRecord(
  folder: string,
  record: {readonly file: string; readonly means: object; readonly runs: readonly RecordedRun[]},
): void {
  writeWhole(join(folder, SWEEP_RECORD), `${JSON.stringify(record, null, 1)}\n`);
}

/** The runs of a sweep as it was last started, in its order. @throws UserError if the folder is no sweep's */
export function readSweepRecord(folder: string): readonly RecordedRun[] {
  const file = join(folder, SWEEP_RECORD);
  if (!existsSync(file))
    throw new UserError(
      `${folder}: no sweep was started there: it has no ${SWEEP_RECORD} (${contentsInWords(folder)}); give a sweep's name, and with --experiment-dir the folder that it is in`,
    );
  try {
    const {runs} = JSON.parse(onDisk(file, () => readWholeText(file))) as {runs: RecordedRun[]};
    return runs.map((run) => ({...run}));
  } catch (cause) {
    throw new UserError(`${file}: can't be read (${(cause as Error).message}); starting the sweep writes it again`, {
      cause,
    });
  }
}
