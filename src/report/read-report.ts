import {relative} from 'node:path';
import type {RunSummary} from '../runs/index.js';
import {version} from '../support/index.js';
import {type ReadOptions, readRun} from './read-run.js';
import type {RunReport, RunsData, ScoreReport} from './report-data.js';
import {detailFor} from './series-table.js';

/** What a report is made of. */
export interface ReportSource {
  /** What it is called: an experiment's name, a run's, a folder. */
  readonly title: string;
  /** Where the experiments are kept: runs are identified by their folders below it. */
  readonly experimentDir: string;
  readonly runs: readonly RunSummary[];
  /** Default: none. */
  readonly scores?: ScoreReport | null;
}

/** Reads one run for a page, as {@link readRun} does. */
export type RunReader = (run: RunSummary, options: ReadOptions) => RunReport;

/** What a page shows of runs. Runs that can't be read are in it, with what is missing. */
export function readReport(
  {title, experimentDir, runs, scores = null}: ReportSource,
  read: RunReader = readRun,
): RunsData {
  const names = runNames(runs);
  const detail = detailFor(runs.length);
  return {
    kind: 'runs',
    title,
    version,
    made: new Date().toISOString(),
    runs: runs.map((run, i) => read(run, {id: relative(experimentDir, run.path) || run.path, name: names[i]!, detail})),
    scores,
    problems: runs.length === 0 && !scores ? [`There are no runs in ${title}.`] : [],
  };
}

/** The runs' names: their experiments', with what tells several runs of one apart. */
export function runNames(runs: readonly RunSummary[]): string[] {
  return runs.map(({experiment, workload, study, trial}) => {
    const siblings = runs.filter((run) => run.experiment === experiment);
    if (siblings.length === 1) return experiment;
    const differ = (key: 'workload' | 'study' | 'trial') => new Set(siblings.map((run) => run[key])).size > 1;
    const parts = [
      ...(differ('workload') && workload ? [workload] : []),
      ...(differ('study') && study !== null ? [`study ${study}`] : []),
      ...(differ('trial') && trial !== null ? [`trial ${trial}`] : []),
    ];
    return [experiment, parts.join(', ')].filter(Boolean).join(': ');
  });
}
