import type {Json} from '../contract/index.js';
import {areTooFew, type Estimate, type GroupDifference, marked, type NoDifference} from '../scoring/index.js';
import {count} from '../support/index.js';
import type {Comparison, GroupSummary} from './comparison.js';
import {secondsCell, withMarkNote} from './official-mark.js';
import {fittedTable, table} from './table.js';

/** The runs, the settings that differ, the groups, and how they differ. */
export function comparisonText(compared: Comparison, width: number | undefined): string {
  const {groups, settings, summaries, differences} = compared;
  const parts = [runsTable(compared, width)];
  if (settings.length > 0) parts.push(settingsTable(compared, width));
  if (groups.some(({runs}) => runs.length > 1)) {
    parts.push(groupsTable(summaries));
    if (groups.length > 1) parts.push(differencesText(differences, groups[0]!.name));
  }
  return withMarkNote(parts.join('\n\n'));
}

const RUN_COLUMNS = ['group', '#', 'experiment', 'seed', 'status', 'best', 'at step', 'to target (s)'];
RUN_COLUMNS.push('submission (s)', 'resets', 'early stops');
const LEAST_NEEDED = ['submission (s)', 'at step', 'status'];

function runsTable({groups}: Comparison, width: number | undefined): string {
  const rows = groups.flatMap(({name, runs}) =>
    runs.map(({run, resets, earlyStops}) => [
      name,
      String(run.index),
      run.experiment + placeOf(run),
      String(run.seed ?? '-'),
      run.status,
      run.best?.value.toFixed(4) ?? '-',
      run.best ? count(run.best.globalStep) : '-',
      secondsCell({seconds: run.timeToTarget?.seconds, official: run.official}),
      run.submissionSeconds.toFixed(2),
      String(resets),
      String(earlyStops),
    ]),
  );
  return fittedTable({names: RUN_COLUMNS, headers: RUN_COLUMNS, rows}, width, LEAST_NEEDED);
}

function placeOf({study, trial}: {readonly study: number | null; readonly trial: number | null}): string {
  return `${study === null ? '' : `/study_${study}`}${(trial ?? 1) === 1 && study === null ? '' : `/trial_${trial}`}`;
}

function settingsTable({groups, settings}: Comparison, width: number | undefined): string {
  const headers = ['setting', ...groups.map(({name}) => name)];
  const rows = settings.map(({key, values}) => [key, ...values.map(cellText)]);
  return fittedTable({names: headers, headers, rows}, width, []);
}

function cellText(value: Json | undefined): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function groupsTable(summaries: readonly GroupSummary[]): string {
  return table(
    ['group', 'runs', 'best, median [95 %]', 'reached', 'to target (s), median [95 %]'],
    summaries.map(({name, runs, reached, official, estimates: {best, timeToTarget}}) => [
      name,
      runs,
      estimateCell(best, 4),
      `${reached} of ${runs}`,
      timeEstimateCell(timeToTarget, official),
    ]),
  );
}

function timeEstimateCell(estimate: Estimate | undefined, official: boolean | null): string {
  const text = estimateCell(estimate, 2);
  return estimate && Number.isFinite(estimate.value) ? marked(text, official) : text;
}

function estimateCell(estimate: Estimate | undefined, digits: number): string {
  if (!estimate) return '-';
  const {value, interval} = estimate;
  const figure = (number: number) => (Number.isFinite(number) ? number.toFixed(digits) : 'never');
  return `${figure(value)}${interval ? ` [${figure(interval.low)}, ${figure(interval.high)}]` : ''}`;
}

function differencesText({best, timeToTarget}: Comparison['differences'], first: string): string {
  const lines = [
    ...best.map((each) => `  ${each.name}, best: ${differenceText(each, 4)}`),
    ...timeToTarget.map((each) => `  ${each.name}, to target (s): ${differenceText(each, 2)}`),
  ];
  return [
    `Differences from ${first}, paired by seed: medians, 95 % bootstrap intervals, exact sign-flip permutation test (two-sided${best.length > 1 ? ', p adjusted by Holm' : ''})`,
    ...lines,
  ].join('\n');
}

function differenceText(each: GroupDifference | NoDifference, digits: number): string {
  const seeds = `${each.pairs} common ${each.pairs === 1 ? 'seed' : 'seeds'}`;
  if ('reason' in each) return `not compared: ${each.reason}${each.pairs > 0 ? ` (${seeds})` : ''}`;
  const {difference, interval, adjustedPValue, isBeyondChance, pairs} = each;
  const range = interval ? ` [${signed(interval.low, digits)}, ${signed(interval.high, digits)}]` : '';
  const verdict = isBeyondChance
    ? 'beyond chance'
    : `within chance${areTooFew(pairs) ? ', which fewer than 6 seeds can never leave' : ''}`;
  return `${signed(difference, digits)}${range}, p = ${Number(adjustedPValue.toPrecision(3))}: ${verdict} (${seeds})`;
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(digits)}`;
}
