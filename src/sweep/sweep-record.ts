import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {runPath} from '../runs/index.js';
import {contentsInWords, readWholeText, UserError, writeWhole} from '../support/index.js';

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
  const runs = runsOf(readWholeText(file));
  if (typeof runs === 'string')
    throw new UserError(
      `${file}: it is damaged: ${runs}; start the sweep again, which writes the file again: algoperf-ts sweep <its YAML file>`,
    );
  return runs;
}

/** The runs in the text of a record; a text: what is wrong with it. */
function runsOf(text: string): readonly RecordedRun[] | string {
  const record = parsed(text);
  if (record instanceof Error) return `it is no JSON (${record.message})`;
  const {runs} = Object(record) as {runs?: unknown};
  if (!Array.isArray(runs)) return 'it has no list `runs`';
  const wrong = runs.findIndex((run) => !isRecordedRun(run));
  return wrong < 0 ? runs : `runs[${wrong}] must have name, experiment and workloadName, each a text`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

/** Whether a value has what tells which run it is. */
export function isRecordedRun(value: unknown): value is RecordedRun {
  const {name, experiment, workloadName} = Object(value) as Partial<RecordedRun>;
  return [name, experiment, workloadName].every((text) => typeof text === 'string');
}

/** The folder of a run: each is the only trial of its experiment. */
export function pathOfOrder(
  experimentDir: string,
  {experiment, workloadName: workload}: Pick<RecordedRun, 'experiment' | 'workloadName'>,
): string {
  return runPath(experimentDir, {experiment, workload, trial: 1});
}
