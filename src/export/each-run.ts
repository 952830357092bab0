import {findRuns, noRunsIn, type RunSummary} from '../runs/index.js';
import {countOfSteps, UserError} from '../support/index.js';

/** What an export has made. */
export interface Exported {
  /** The folder or file. */
  readonly to: string;
  readonly runs: number;
  readonly evaluations: number;
  /** Runs that are not whole, or were left out, as text. */
  readonly notes: readonly string[];
}

/**
 * The runs of the names, as {@link findRuns} knows them; without any, all.
 * @throws UserError if there is none, or a name is of several experiments
 */
export function runsToExport(experimentDir: string, names: readonly string[]): RunSummary[] {
  const runs = findRuns(experimentDir, names);
  if (runs.length === 0) throw new UserError(noRunsIn(experimentDir));
  return runs;
}

/** How the runs of an export are read and written. */
export interface RunExporter<T> {
  /** Everything that is written of a run; what fails here leaves that run out. */
  read(run: RunSummary): T;
  /** @returns how many evaluations it wrote */
  write(run: RunSummary, content: T): number;
  /** What the other tool will see differently, as text; default: nothing. */
  notes?(run: RunSummary, content: T): readonly string[];
}

/** Exports run by run: a run that can't be read is reported and does not hide the others. */
export function exportEach<T>(
  runs: readonly RunSummary[],
  {read, write, notes: more}: RunExporter<T>,
): Omit<Exported, 'to'> {
  const notes: string[] = [];
  const written: number[] = [];
  for (const run of runs) {
    const content = run.status === 'unreadable' ? undefined : readOrNote(run, read, notes);
    if (content === undefined) continue;
    const evaluations = write(run, content);
    written.push(evaluations);
    notes.push(...notesOn(run, evaluations), ...(more?.(run, content) ?? []));
  }
  notes.push(...runs.filter(({status}) => status === 'unreadable').map(({path, damage}) => leftOut(path, damage!)));
  return {runs: written.length, evaluations: written.reduce((sum, each) => sum + each, 0), notes};
}

function readOrNote<T>(run: RunSummary, read: (run: RunSummary) => T, notes: string[]): T | undefined {
  try {
    return read(run);
  } catch (error) {
    notes.push(leftOut(run.path, (error as Error).message));
    return undefined;
  }
}

function leftOut(path: string, reason: string): string {
  return `${path}: left out: ${reason}`;
}

/** What a run lacks that is not over, or has ended badly. */
function notesOn({path, status, globalStep, damage}: RunSummary, evaluations: number): string[] {
  const isHalf = status === 'running' || status === 'interrupted' || status === 'failed' || status === 'damaged';
  const state = damage === null ? status : `${status} (${damage})`;
  if (isHalf) return [`${path}: ${state}: exported as far as it goes, ${countOfSteps(globalStep)}`];
  return evaluations === 0 ? [`${path}: it has no evaluation`] : [];
}
