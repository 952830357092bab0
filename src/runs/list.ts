import {relative} from 'node:path';
import {findFolders} from './find-folders.js';
import {parseRunPath} from './layout.js';
import {type RunSummary, summaryOf, type UnlistedRun, unreadableSummary} from './summary.js';

/** The runs below an experiment folder, the oldest first; then what can't be read, as rows that say so. */
export function listRuns(experimentDir: string): RunSummary[] {
  const {runs, unreadable} = findFolders(experimentDir);
  const order = ({begun, experiment, path}: UnlistedRun) => [begun ?? '~', experiment, path].join('\0');
  return [
    ...runs.map((path) => summaryOf(experimentDir, path)),
    ...unreadable.map((folder) => unreadableSummary(experimentDir, folder)),
  ]
    .map((run) => ({run, place: order(run)}))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({run}, i) => ({index: i + 1, ...run}));
}

/** The names of the experiments below a folder. */
export function experimentsIn(experimentDir: string): string[] {
  const names = findFolders(experimentDir).runs.map((path) => parseRunPath(relative(experimentDir, path))!.experiment);
  return [...new Set(names)].sort();
}
