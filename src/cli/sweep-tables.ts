import {quoted} from '../config/index.js';
import {statusInWords} from '../runs/index.js';
import {count, counted} from '../support/index.js';
import {
  bestFirst,
  bracketsOf,
  type FoundSweep,
  type PlannedRun,
  type SweepPlan,
  type SweepRow,
  sharedMetric,
} from '../sweep/index.js';
import {secondsCell, withMarkNote} from './official-mark.js';
import {fittedTable, table, terminalWidth} from './table.js';

/** Runs that a table shows; the others are counted. */
const MOST_ROWS = 200;

/** Names that a notice lists. */
const MOST_NAMES = 5;

/** The runs of a sweep, one a row, by what they differ in. */
export function runsTable({sweep, runs}: SweepPlan, states?: readonly string[]): string {
  const hasWorkloads = sweep.workloads.length > 1;
  const keys = runs[0]!.settings.map(({key}) => key);
  const rows = runs
    .slice(0, MOST_ROWS)
    .map((run, i) => [
      ...(hasWorkloads ? [run.workload] : []),
      ...run.settings.map(({value}) => quoted(value)),
      ...(states ? [states[i]!] : []),
      run.name,
    ]);
  const header = [...(hasWorkloads ? ['workload'] : []), ...keys, ...(states ? ['state'] : []), 'name'];
  return withRest(table(header, rows), runs.length - rows.length);
}

function withRest(text: string, left: number): string {
  return left > 0 ? `${text}\n... and ${count(left)} more; --json prints all` : text;
}

/** A run for scripts. */
export function plannedValue({name, experiment, workload, run, seed, point}: PlannedRun): object {
  const parameters = Object.fromEntries(point.map(({key, value}) => [key, value]));
  return {name, experiment, workload, submission: run.loaded.config.submission, seed, parameters};
}

/** How many runs there are, and how far they have come: `rates: 24 runs: 3 complete, 1 unfinished, 20 new`. */
export function foundText({sweep}: SweepPlan, {runs}: FoundSweep): string {
  const states = runs.map(({standing}) => stateOf(standing.state));
  const counts = ['complete', 'unfinished', 'new'].flatMap((state) => {
    const number = states.filter((each) => each === state).length;
    return number === 0 ? [] : [`${count(number)} ${state}`];
  });
  return `${sweep.name}: ${counted(runs.length, 'run')}: ${counts.join(', ')}`;
}

/** Brackets that are named. */
const MOST_BRACKETS = 4;

/** When runs may be ended early: `early_terminate: runs are judged at evaluations 3, 9, 27, 81, ...`; none: they are not. */
export function earlyTerminateText({sweep: {earlyTerminate}}: SweepPlan): string[] {
  if (!earlyTerminate) return [];
  // With an eta near 1 some are the same.
  const brackets = [...new Set(bracketsOf(earlyTerminate))];
  const named = [...brackets.slice(0, MOST_BRACKETS), ...(brackets.length > MOST_BRACKETS ? ['...'] : [])].join(', ');
  return [`early_terminate: runs are judged at ${brackets.length === 1 ? 'evaluation' : 'evaluations'} ${named}`];
}

/** How far a run has come, in a word. */
export function stateOf(state: FoundSweep['runs'][number]['standing']['state']): string {
  return state === 'absent' || state === 'refused' ? 'new' : state;
}

/** What a person should know before a sweep continues. */
export function noticesOf({vanished, removed}: FoundSweep): string[] {
  return [
    ...(vanished.length > 0 ? [`no longer in the file, and left as they are: ${listed(vanished)}`] : []),
    ...(removed.length > 0
      ? [`begun before, but their folders are gone, so they begin again: ${listed(removed)}`]
      : []),
  ];
}

function listed(names: readonly string[]): string {
  const left = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${left > 0 ? `, and ${count(left)} more` : ''}`;
}

/** What came of a sweep. */
export interface SweepResults {
  readonly plan: SweepPlan;
  readonly rows: readonly SweepRow[];
  readonly folder: string;
  /** Its table; undefined: it could not be written. */
  readonly table: string | undefined;
  /** The folder of its charts; undefined: there are none. */
  readonly plots: string | undefined;
}

/** The results for scripts, in the sweep's order. */
export function resultValue({plan, rows, folder, table, plots}: SweepResults): object {
  return {
    sweep: plan.sweep.name,
    path: folder,
    table: table ?? null,
    plots: plots ?? null,
    metric: sharedMetric(rows) ?? null,
    runs: rows.map(({run, ...row}) => ({...plannedValue(run), ...row})),
  };
}

/** The results as a table, the best first. */
export function resultText({plan, rows, table: tableFile, plots}: SweepResults): string {
  const metric = sharedMetric(rows);
  const hasWorkloads = plan.sweep.workloads.length > 1;
  const sorted = bestFirst(rows).slice(0, MOST_ROWS);
  const names = [
    ...(hasWorkloads ? ['workload'] : []),
    'run',
    'status',
    'steps',
    ...(metric === undefined ? ['metric'] : []),
    ...(metric === 'time_to_target' ? [] : [metric ?? 'value']),
    'to target (s)',
  ];
  const cells = sorted.map(({run, status, globalStep, metric: own, value, secondsToTarget, official}) => [
    ...(hasWorkloads ? [run.workload] : []),
    run.name,
    statusInWords({status, timeToTarget: secondsToTarget}),
    count(globalStep),
    ...(metric === undefined ? [own] : []),
    ...(metric === 'time_to_target' ? [] : [value?.toFixed(4) ?? '-']),
    secondsCell({seconds: secondsToTarget, official}),
  ]);
  const text = fittedTable({names, headers: names, rows: cells}, terminalWidth(), []);
  return [
    withMarkNote(withRest(text, rows.length - sorted.length)),
    ...endedEarlyText(rows),
    ...rows.filter(({status}) => status === 'failed').map(({run, reason}) => `${run.name} failed: ${reason}`),
    ...(tableFile === undefined ? [] : [`table: ${tableFile}`]),
    ...(plots === undefined ? [] : [`charts: ${plots}`]),
  ].join('\n');
}

function endedEarlyText(rows: readonly SweepRow[]): string[] {
  const ended = rows.filter(({status}) => status === 'terminated_early').length;
  return ended === 0 ? [] : [`early_terminate has ended ${count(ended)} of ${counted(rows.length, 'run')} early`];
}
