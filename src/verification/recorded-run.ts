import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {
  checkpointSteps,
  type EventRow,
  FILES,
  parseNumber,
  type RunResult,
  readEvents,
  readProcessFiles,
  readResult,
  readTable,
  requireCodeFacts,
} from '../runs/index.js';
import {isFolder, UserError} from '../support/index.js';

type Mapping = {readonly [key: string]: Json};
type TextRow = {readonly [column: string]: string};

/** An evaluation as the table has it. */
export interface RecordedEvaluation {
  readonly step: number;
  /** Which of the run's processes made it: 0, 1, ... */
  readonly process: number;
  /** Seconds. */
  readonly submission: number;
  readonly evaluation: number;
  readonly logging: number;
  readonly total: number;
  readonly score: number;
  /** By `split/name`. */
  readonly metrics: {readonly [name: string]: number};
  readonly cells: TextRow;
}

/** What the folder of a run says of it. */
export interface RecordedRun {
  readonly path: string;
  /** One a process of the run, the first one's first. */
  readonly meta: readonly Mapping[];
  readonly flags: readonly Mapping[];
  readonly evaluations: readonly RecordedEvaluation[];
  readonly measurements: readonly TextRow[];
  readonly events: readonly EventRow[];
  /** Undefined: the run is not over. */
  readonly result: RunResult | undefined;
  /** Steps, ascending. */
  readonly checkpoints: readonly number[];
}

/** What a run was begun and resumed with. */
export type BegunRun = Pick<RecordedRun, 'path' | 'meta' | 'flags'>;

/** @throws UserError if there is no such folder */
export function requireRunFolder(path: string): void {
  if (isFolder(path)) return;
  const found = existsSync(path) ? `${path} is a file` : `there is no folder ${path}`;
  throw new UserError(`${found}; a run is given by its folder, such as experiments/first/mnist_tfjs/trial_1`);
}

/**
 * Reads what a run's folder says.
 * @throws UserError naming a file that is missing or damaged, or the folder if it is not there
 */
export function readRecorded(path: string): RecordedRun {
  requireRunFolder(path);
  const result = readResult(path);
  const isWhole = result ? Array.isArray(result.notOfficialBecause) : !existsSync(join(path, FILES.result));
  if (!isWhole) throw new UserError(`${FILES.result} holds no result of a run`);
  const meta = mappingsOf(path, 'meta_data');
  const flags = mappingsOf(path, 'flags');
  for (const [i, each] of meta.entries()) requireCodeFacts(each, `meta_data_${i}.json`);
  if (meta.length !== flags.length)
    throw new UserError(`there are ${meta.length} files meta_data_N.json and ${flags.length} files flags_N.json`);
  return {
    path,
    meta,
    flags,
    evaluations: readTable(join(path, FILES.evaluations)).map((cells, i) => evaluationOf(cells, i, meta.length)),
    measurements: readTable(join(path, FILES.measurements)),
    events: eventsOf(path),
    result,
    checkpoints: checkpointSteps(path),
  };
}

function mappingsOf(path: string, kind: 'meta_data' | 'flags'): Mapping[] {
  const files = readProcessFiles(path, kind);
  if (files.length === 0) throw new UserError(`${kind}_0.json is missing`);
  return files.map(({name, content}, i) => {
    if (content === null) throw new UserError(`${name} can't be read`);
    if (name !== `${kind}_${i}.json`) throw new UserError(`${kind}_${i}.json is missing`);
    return content;
  });
}

const TIMES = ['accumulated_submission_time', 'accumulated_eval_time', 'accumulated_logging_time', 'total_duration'];

function evaluationOf(cells: TextRow, i: number, processes: number): RecordedEvaluation {
  const number = (column: string): number => {
    const value = parseNumber(cells[column]);
    // The header is line 1.
    if (Number.isFinite(value)) return value;
    throw new UserError(`${FILES.evaluations}:${i + 2}: ${column} must be a number, found '${cells[column] ?? ''}'`);
  };
  const process = number('preemption_count');
  if (!Number.isInteger(process) || process < 0 || process >= processes)
    throw new UserError(`${FILES.evaluations}:${i + 2}: the run had no process with the preemption_count ${process}`);
  const [submission, evaluation, logging, total] = TIMES.map(number) as [number, number, number, number];
  const metrics = Object.entries(cells).filter(([column]) => column.includes('/'));
  return {
    step: number('global_step'),
    process,
    submission,
    evaluation,
    logging,
    total,
    score: number('score'),
    metrics: Object.fromEntries(metrics.map(([name, text]) => [name, parseNumber(text)])),
    cells,
  };
}

function eventsOf(path: string): readonly EventRow[] {
  const {events, damagedLines} = readEvents(path);
  if (damagedLines.length > 0) throw new UserError(`${FILES.events}:${damagedLines[0]}: is no event`);
  return events;
}
