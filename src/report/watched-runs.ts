import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {findFolders, lockHolder, type RunSummary} from '../runs/index.js';
import type {LiveSource} from './live-page.js';
import {type ReportSource, type RunReader, readReport} from './read-report.js';
import {readRun} from './read-run.js';
import type {RunReport, ScoreReport} from './report-data.js';

/** Which runs are watched. */
export interface WatchedRuns extends Pick<ReportSource, 'title' | 'experimentDir'> {
  /** The runs as they are now; new ones among them. */
  readonly find: () => readonly RunSummary[];
  /** Their submissions' scores; absent: none are shown. */
  readonly scores?: (() => Promise<ScoreReport | null>) | undefined;
}

/** Runs as the source of a live page: only those that have changed are read again. */
export function watchedRuns({title, experimentDir, find, scores}: WatchedRuns): LiveSource {
  const known = new Map<string, {readonly key: string; readonly report: RunReport}>();
  const reader: RunReader = (run, options) => {
    const key = JSON.stringify([fingerprint(run.path), options]);
    const before = known.get(run.path);
    const report = before?.key === key ? before.report : readRun(run, options);
    known.set(run.path, {key, report});
    return report;
  };
  return {
    revision: () => findFolders(experimentDir).runs.map(fingerprint).join('\n'),
    read: async () => readReport({title, experimentDir, runs: find(), scores: (await scores?.()) ?? null}, reader),
  };
}

/** Sizes and times of a run's files, and whether a process is at work on it. Its lock is renewed by the second: that is no change. */
function fingerprint(run: string): string {
  try {
    const files = readdirSync(run, {withFileTypes: true}).filter((entry) => entry.isFile() && entry.name !== 'LOCK');
    const states = files.map(({name}) => {
      const {size, mtimeMs} = statSync(join(run, name));
      return `${name} ${size} ${mtimeMs}`;
    });
    return [run, lockHolder(run) !== undefined, ...states].join(' ');
  } catch (error) {
    // A run that is being deleted, or that can't be read.
    return `${run} ${(error as NodeJS.ErrnoException).code}`;
  }
}
