import {createHash} from 'node:crypto';
import {dirname, join} from 'node:path';
import type {TopLevelSpec} from 'vega-lite';
import {
  type DrawnParallel,
  type DrawnParameter,
  importanceChart,
  importancePicture,
  MOST_PARALLEL,
  metricTitle,
  type NamedPoints,
  type Picture,
  parallelChart,
  parametersChart,
  parametersPicture,
  renderChart,
  SCREEN,
  schedulePointsChart,
  schedulesPicture,
} from '../plots/index.js';
import {firstSchedule} from '../runs/index.js';
import {varianceExplained} from '../scoring/index.js';
import {count, makeFolder, onDisk} from '../support/index.js';
import {goalOf} from './metric.js';
import type {PlannedRun} from './plan.js';
import {bestFirst, type SweepRow} from './results.js';
import {shortKeys, valueTexts} from './run-name.js';

/** The folder of a sweep's charts. */
export const SWEEP_PLOTS = 'plots';

/** Schedules that one picture shows: those of the best runs. */
const MOST_SCHEDULES = 12;

/** One chart of a sweep. */
export interface SweepChart {
  /** Its path in the folder of charts, without ending: `parameters`, or `mnist/parameters`. */
  readonly name: string;
  readonly chart: TopLevelSpec;
  readonly picture: Picture;
}

/**
 * The charts of a sweep's runs, for each workload by itself; those of which there is something to draw: `parameters`, the metric
 * against each parameter; `importance`, how much of its variance each explains; `parallel`, each run as a line through its parameters
 * to the metric; `schedules`, the different ones over one another.
 */
export function sweepCharts(rows: readonly SweepRow[]): SweepChart[] {
  const workloads = [...new Set(rows.map(({run}) => run.run.workload.name))];
  return workloads.flatMap((workload) => {
    const own = rows.filter(({run}) => run.run.workload.name === workload);
    const charts = [...outcomeCharts(own, own[0]!.metric), ...schedulesCharts(bestFirst(own))];
    return charts.map((each) => (workloads.length > 1 ? {...each, name: `${workload}/${each.name}`} : each));
  });
}

/**
 * Draws a sweep's charts to `plots/` in its folder, as PNG.
 * @throws UserError naming the path, if a picture can't be written
 */
export async function writeSweepCharts(folder: string, charts: readonly SweepChart[]): Promise<void> {
  for (const {name, chart, picture} of charts) {
    const png = join(folder, SWEEP_PLOTS, `${name}.png`);
    onDisk(png, () => makeFolder(dirname(png)));
    await renderChart(chart, {png}, picture);
  }
}

function outcomeCharts(rows: readonly SweepRow[], metric: string): SweepChart[] {
  const finished = rows.filter(({value}) => value !== null && Number.isFinite(value));
  const parameters = drawnParameters(finished.map(({run}) => run));
  if (parameters.length === 0) return [];
  const title = outcomeTitle(metric);
  const subtitle = finished.length < rows.length ? leftOut(finished.length, rows.length, metric) : undefined;
  const outcomes = finished.map(({value}) => value!);
  const drawn = {title: `${title} by Parameter`, subtitle, metric: title, outcomes, parameters};
  const isFlat = new Set(outcomes).size === 1;
  const unknown = isFlat ? 'all runs have the same result' : 'no two runs have the same value';
  const shares = parameters
    .map(({name, values}) => ({name, share: varianceExplained(values, outcomes) ?? unknown}))
    .sort((a, b) => (typeof b.share === 'number' ? b.share : -1) - (typeof a.share === 'number' ? a.share : -1));
  const bars = {title: `${title}: Importance of Parameters`, subtitle, parameters: shares};
  const goal = goalOf(metric, rows[0]!.run.run.workload);
  const [picture, barPicture] = [parametersPicture(drawn), importancePicture(bars)];
  return [
    {name: 'parameters', chart: parametersChart(drawn, picture), picture},
    {name: 'importance', chart: importanceChart(bars, barPicture), picture: barPicture},
    parallelOf(
      {...drawn, goal},
      shares.map(({name}) => name),
    ),
  ];
}

/** @param byShare - the parameters' names, those that explain most first */
function parallelOf(drawn: DrawnParallel, byShare: readonly string[]): SweepChart {
  const chosen = byShare.slice(0, MOST_PARALLEL);
  const parameters = drawn.parameters.filter(({name}) => chosen.includes(name));
  const left = parameters.length < drawn.parameters.length;
  const notes = [
    ...(drawn.subtitle ? [drawn.subtitle] : []),
    ...(left ? [`the ${MOST_PARALLEL} of ${drawn.parameters.length} parameters that explain most`] : []),
    'the darker a line, the better',
  ];
  const shown = {...drawn, title: `${drawn.metric}: Parallel Coordinates`, subtitle: notes.join('; '), parameters};
  return {name: 'parallel', chart: parallelChart(shown), picture: SCREEN};
}

function leftOut(finished: number, all: number, metric: string): string {
  const lack = metric === 'time_to_target' ? 'did not reach the target' : 'have no value';
  return `of ${count(finished)} of ${count(all)} runs; the others ${lack}`;
}

/** `validation/accuracy` as the title of an axis: `Best Validation Accuracy`. */
function outcomeTitle(metric: string): string {
  if (metric === 'time_to_target') return 'Seconds to Target';
  const [split = '', name = ''] = metric.split(/\/(.*)/);
  return `Best ${metricTitle(split)} ${metricTitle(name)}`;
}

/** What runs differ in: numbers, or texts where some are not. */
function drawnParameters(runs: readonly PlannedRun[]): DrawnParameter[] {
  const keys = runs[0]?.settings.map(({key}) => key) ?? [];
  const names = shortKeys(keys);
  return keys.flatMap((_, i) => {
    const values = runs.map(({settings}) => settings[i]!.value);
    if (new Set(values.map((value) => JSON.stringify(value))).size < 2) return [];
    const isNumeric = values.every((value) => typeof value === 'number');
    return [{name: names[i]!, values: isNumeric ? values : valueTexts(values)}];
  });
}

/** Runs that have a schedule in common, and its points. */
interface SharedSchedule {
  readonly runs: PlannedRun[];
  readonly points: NamedPoints['points'];
}

function schedulesCharts(rows: readonly SweepRow[]): SweepChart[] {
  const {schedules, isAll} = sharedSchedules(rows);
  if (schedules.length === 0) return [];
  const names = scheduleNames(schedules);
  const drawn = schedules.map(({points}, i) => ({name: names[i]!, points}));
  const picture = schedulesPicture(drawn.length);
  const subtitle = isAll ? undefined : `${MOST_SCHEDULES} of them: those of the best runs`;
  return [{name: 'schedules', chart: schedulePointsChart(drawn, picture, subtitle), picture}];
}

/** The different schedules as the runs began with them, in the runs' order; seeds have one in common. */
function sharedSchedules(rows: readonly SweepRow[]): {readonly schedules: SharedSchedule[]; readonly isAll: boolean} {
  const found = new Map<string, SharedSchedule>();
  const seen = new Set<PlannedRun['run']>();
  for (const {run, path} of rows) {
    if (seen.has(run.run)) continue;
    const points = firstSchedule(path);
    if (points.length === 0) continue;
    seen.add(run.run);
    const digest = createHash('sha256').update(JSON.stringify(points)).digest('hex');
    const known = found.get(digest);
    if (known) known.runs.push(run);
    else if (found.size < MOST_SCHEDULES) found.set(digest, {runs: [run], points});
    else return {schedules: [...found.values()], isAll: false};
  }
  return {schedules: [...found.values()], isAll: true};
}

/** Each schedule by the settings that decide it; where these are not found, by all of its first run. */
function scheduleNames(schedules: readonly SharedSchedule[]): string[] {
  const settings = schedules.map(({runs}) => runs.map((run) => run.settings.filter(({key}) => key !== 'seed')));
  const keys = settings[0]![0]!.map(({key}) => key);
  const short = shortKeys(keys);
  const columns = keys.map((_, i) =>
    valueTexts(settings.map(([first]) => first![i]!.value)).map((text) => `${short[i]}=${text}`),
  );
  const isShared = (i: number) =>
    settings.every((runs) => new Set(runs.map((run) => JSON.stringify(run[i]!.value))).size === 1);
  const deciding = columns.filter((texts, i) => isShared(i) && new Set(texts).size > 1);
  const namesBy = (chosen: readonly string[][]) =>
    settings.map((_, i) => chosen.map((texts) => texts[i]!).join(', ') || 'all runs');
  const names = namesBy(deciding);
  return new Set(names).size === names.length ? names : namesBy(columns);
}
