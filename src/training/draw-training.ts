import {join} from 'node:path';
import type {Workload} from '../contract/index.js';
import {targetRuleOf} from '../metrics/index.js';
import {lineOfPoints, renderChart, trainingChart} from '../plots/index.js';
import {FILES, FOLDERS, latestSchedule, parseNumber, readEvents, readTable, resetsOf} from '../runs/index.js';

/** What a run's tables do not contain. */
export interface DrawnRun {
  readonly title: string;
  /** How the run ended, as text. */
  readonly ending: string;
  readonly globalStep: number;
}

/** Draws `plots/training.png` of a run from its tables. */
export async function drawTraining(path: string, workload: Workload, run: DrawnRun): Promise<void> {
  const rows = readTable(join(path, FILES.measurements));
  const evaluations = readTable(join(path, FILES.evaluations)).map((row) => ({
    step: parseNumber(row.global_step),
    metrics: Object.fromEntries(Object.entries(row).map(([name, text]) => [name, parseNumber(text)])),
  }));
  const losses = rows
    .filter((row) => row.loss !== '')
    .map((row) => ({step: parseNumber(row.global_step), loss: parseNumber(row.loss)}));
  const chart = trainingChart({
    ...run,
    title: `${workload.name}: ${run.title}`,
    losses,
    evaluations,
    target: targetRuleOf(workload),
    learningRate: lineOfPoints(latestSchedule(path)),
    resets: resetsOf(readEvents(path).events),
  });
  const stem = join(path, FOLDERS.plots, 'training');
  await renderChart(chart, {png: `${stem}.png`, svg: `${stem}.svg`, vlJson: `${stem}.vl.json`});
}
