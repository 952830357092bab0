import type {Json} from '../contract/index.js';
import {chartFile, compareChart, nameLength, printed, renderChart, SCREEN} from '../plots/index.js';
import type {ComparedRun} from '../runs/index.js';
import type {Comparison} from './comparison.js';
import {differencesInWords} from './config-differences.js';

/** How the curves are drawn. */
export interface ComparisonPicture {
  readonly by: 'step' | 'time';
  readonly file: string;
  /** In print, in millimetres; undefined: for a screen. */
  readonly width: number | undefined;
}

/** Draws the curves of a comparison. @returns false where there is nothing to draw */
export async function drawComparison({groups}: Comparison, {by, file, width}: ComparisonPicture): Promise<boolean> {
  const picture = width === undefined ? SCREEN : printed(width);
  const runs = groups.flatMap((group) => group.runs);
  const target = runs.find((compared) => compared.target)?.target;
  if (!target || runs.every(({evaluations}) => evaluations.length === 0)) return false;
  const names = namesOf(groups, nameLength(picture));
  const curves = groups.flatMap((group, i) =>
    group.runs.map((compared, n) => ({
      name: names[i]![n]!,
      points: compared.evaluations.map(({step, seconds, metrics}) => ({
        step: by === 'step' ? step : seconds,
        value: metrics[`validation/${target.metric}`] ?? Number.NaN,
      })),
    })),
  );
  const title = `${runs[0]!.run.workload}: ${curves.length} ${curves.length === 1 ? 'Run' : 'Runs'}`;
  await renderChart(compareChart({title, by, target, curves}, picture), chartFile(file)!, picture);
  return true;
}

/** What the legend calls each run of each group: seeds within one group, else what makes the groups differ. */
function namesOf(groups: Comparison['groups'], length: number): string[][] {
  if (groups.length === 1) return [groups[0]!.runs.map(({run}) => `${run.experiment}, seed ${run.seed ?? 'unknown'}`)];
  const named = groups.map(({name, settings, runs}) => ({name: titleOf(name, runs), config: settings as Json}));
  const words = differencesInWords(named, length);
  return groups.map(({runs}, i) => runs.map(() => words[i]!));
}

function titleOf(name: string, runs: readonly ComparedRun[]): string {
  return runs.length === 1 ? runs[0]!.run.experiment : `${name} (${runs.length} seeds)`;
}
