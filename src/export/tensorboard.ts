import {join} from 'node:path';
import {FILES, type RunSummary, readTable, runPath, tablesOf} from '../runs/index.js';
import {type Exported, exportEach} from './each-run.js';
import {requireEmptyFolder} from './empty-folder.js';
import {folderName, folderNames} from './folder-names.js';
import {openRunEvents} from './tensorboard/run-events.js';

/**
 * Writes runs as the event files that TensorBoard takes as its `--logdir`: scalars of every table, the schedules' pictures, and
 * hyperparameters for its HParams page, in a folder of each run's own.
 * @param out - a new or an empty folder
 * @throws UserError if it is not empty, or can't be written
 */
export function exportTensorboard(runs: readonly RunSummary[], out: string): Exported {
  requireEmptyFolder(out, '--tensorboard');
  const experiments = folderNames(runs.map(({experiment}) => experiment));
  const counts = exportEach(runs, {
    // All tables, so that a damaged one is found before anything is written.
    read: ({path}) => new Map(tablesOf(path).map((table) => [table, readTable(join(path, table)).length])),
    write({experiment, study, workload, trial, path, status}, rows) {
      const location = {
        experiment: experiments.get(experiment)!,
        study: study ?? undefined,
        workload: folderName(workload!),
        trial: trial!,
      };
      const events = openRunEvents({run: path, folder: runPath(out, location)});
      if (status !== 'running' && status !== 'interrupted') events.end(status === 'failed' ? 'failure' : 'success');
      events.close();
      return rows.get(FILES.evaluations) ?? 0;
    },
  });
  return {to: out, ...counts};
}
