import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {FILES, lockHolder, misplacement, numbered, readMapping, readResult, recordedId, sha256} from '../runs/index.js';
import {readWhole, UserError} from '../support/index.js';
import {type Evaluations, evaluationsOf, type Judged, NO_EVALUATIONS, readEvaluationTable} from './evaluation-table.js';
import type {WorkloadFolder} from './find-folders.js';
import {type LoggedTrial, readTextLog} from './text-log.js';

/** A trial's run, as read from its files. */
export interface ReadRun {
  readonly submission: string;
  /** Empty: of no study. */
  readonly study: string;
  readonly workload: string;
  readonly trial: string;
  /** The run's folder, or the text log that it is in. */
  readonly path: string;
  readonly isOurs: boolean;
  /** How it ended, where its folder says so: `target_reached`, `failed`, ...; `running` and `interrupted` without a result. */
  readonly status: string | undefined;
  /** Whether its result may count as official; undefined: its folder does not say. */
  readonly official: boolean | undefined;
  /** Why not, in words, as far as its folder says. */
  readonly notOfficialBecause: readonly string[];
  readonly evaluations: Evaluations;
  /** What keeps it from being read; it then has no evaluations. */
  readonly damage: string | undefined;
  /** SHA-256 of what the evaluations were read from, in lower-case hexadecimal; undefined: there was nothing to read. */
  readonly hash: string | undefined;
  /** Its id in `runs list`, which a copy has too; undefined: its folder does not say. */
  readonly id?: string | undefined;
  /** How its folders contradict its own record, in words; it then has no evaluations. Absent: they do not. */
  readonly misplaced?: string | undefined;
  /** Whether it did not pass its verification; absent: it was not verified. */
  readonly isLeftOut?: boolean;
}

/** The runs of one folder. */
export interface RunsOfFolder {
  /** In the order of their trials. */
  readonly runs: readonly ReadRun[];
  /** Runs without an evaluation in one log, whose trial another log or a table has. */
  readonly begunAgain: readonly ReadRun[];
}

/** The runs of a folder: of each trial its table, or what a text log has of it. A run that can't be read hides no other. */
export function readRuns(folder: WorkloadFolder, judged: Judged): RunsOfFolder {
  const trials = folder.trials.map((trial) => {
    const path = join(folder.path, trial);
    const table = join(path, FILES.evaluations);
    return existsSync(table) ? runOfTable(folder, {trial, path, table}, judged) : runOf(folder, {trial, path});
  });
  const tables = trials.filter(({hash, damage}) => hash !== undefined || damage !== undefined);
  const hasTable = new Set(tables.map(({trial}) => trial));
  const logged = readLogs(folder, judged).filter(({trial}) => !hasTable.has(trial));
  const isInLog = new Set(logged.map(({trial}) => trial));
  // AlgoPerf's folders of trials may hold settings beside a log that holds the evaluations.
  const found = [...trials.filter((run) => hasTable.has(run.trial) || !isInLog.has(run.trial)), ...logged];
  const ended = new Set(found.filter(({evaluations}) => evaluations.count > 0).map(({trial}) => trial));
  const isBegunAgain = ({trial, evaluations}: ReadRun) => evaluations.count === 0 && ended.has(trial);
  const runs = found.filter((run) => !isBegunAgain(run)).sort((a, b) => (a.trial < b.trial ? -1 : 1));
  return {runs, begunAgain: found.filter(isBegunAgain)};
}

interface Trial {
  readonly trial: string;
  readonly path: string;
}

function runOf({submission, study, workload, isOurs}: WorkloadFolder, {trial, path}: Trial): ReadRun {
  const result = isOurs ? readResult(path) : undefined;
  const meta = (isOurs && readMapping(path, numbered('meta_data', 0))) || {};
  const misplaced = isOurs ? misplacement(path, meta) : undefined;
  return {
    submission,
    study,
    workload,
    trial,
    path,
    isOurs,
    status: isOurs ? (result?.status ?? (lockHolder(path) ? 'running' : 'interrupted')) : undefined,
    official: misplaced === undefined ? result?.official : false,
    notOfficialBecause: [...(result?.notOfficialBecause ?? []), ...(misplaced === undefined ? [] : [misplaced])],
    evaluations: NO_EVALUATIONS,
    damage: undefined,
    hash: undefined,
    id: recordedId(meta),
    misplaced,
  };
}

function runOfTable(folder: WorkloadFolder, {table, ...trial}: Trial & {table: string}, judged: Judged): ReadRun {
  const run = runOf(folder, trial);
  return readOrDamaged(run, () => {
    const bytes = readWhole(table);
    const hash = sha256(bytes);
    return readOrDamaged({...run, hash}, () => ({
      ...run,
      hash,
      ...(run.misplaced === undefined && {
        evaluations: readEvaluationTable(bytes.toString('utf8'), table, judged),
      }),
    }));
  });
}

function readOrDamaged(run: ReadRun, read: () => ReadRun): ReadRun {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError || (error as NodeJS.ErrnoException).code !== undefined)
      return {...run, damage: (error as Error).message};
    throw error;
  }
}

function readLogs(folder: WorkloadFolder, judged: Judged): ReadRun[] {
  return folder.logs.flatMap((name) => {
    const file = join(folder.path, name);
    const bytes = readWhole(file);
    const hash = sha256(bytes);
    return readTextLog(bytes.toString('utf8')).map((logged) => {
      const run = {...runOf({...folder, isOurs: false}, {trial: logged.trial, path: file}), hash};
      return readOrDamaged(run, () => ({...run, evaluations: loggedEvaluations(logged, file, judged)}));
    });
  });
}

function loggedEvaluations({evaluations}: LoggedTrial, file: string, judged: Judged): Evaluations {
  const header = [...new Set(evaluations.flatMap(({cells}) => [...cells.keys()]))].sort();
  const rows = evaluations.map(({cells}) => header.map((column) => cells.get(column) ?? ''));
  return evaluationsOf({header, rows, lineOf: (row) => evaluations[row]!.line}, file, judged);
}

/**
 * One hash of all that runs were read from, with their names: the same wherever the folders lie. SHA-256, in lower-case hexadecimal.
 */
export function hashOfLogs(runs: readonly ReadRun[]): string {
  const lines = runs
    .filter(({hash}) => hash !== undefined)
    .map(({submission, study, workload, trial, hash}) => JSON.stringify([submission, study, workload, trial, hash]));
  return sha256(Buffer.from(lines.sort().join('\n')));
}
