import {quoted} from '../config/index.js';
import type {PlannedRun, SweepPlan} from '../sweep/index.js';
import {table} from './table.js';

/** Runs that a table shows; the others are counted. */
const MOST_ROWS = 200;

/** The runs of a sweep, one a row, by what they differ in. */
export function runsTable({sweep, runs}: SweepPlan): string {
  const hasWorkloads = sweep.workloads.length > 1;
  const keys = runs[0]!.settings.map(({key}) => key);
  const rows = runs
    .slice(0, MOST_ROWS)
    .map((run) => [...(hasWorkloads ? [run.workload] : []), ...run.settings.map(({value}) => quoted(value)), run.name]);
  const left = runs.length - rows.length;
  const more = left > 0 ? `\n... and ${left} more; --json prints all` : '';
  return `${table([...(hasWorkloads ? ['workload'] : []), ...keys, 'name'], rows)}${more}`;
}

/** A run for scripts. */
export function plannedValue({name, experiment, workload, run, seed, point}: PlannedRun): object {
  const parameters = Object.fromEntries(point.map(({key, value}) => [key, value]));
  return {name, experiment, workload, submission: run.loaded.config.submission, seed, parameters};
}
