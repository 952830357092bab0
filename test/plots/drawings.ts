import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import type {TopLevelSpec} from 'vega-lite';
import type {DrawnSchedule} from '../../src/contract/index.js';
import type {TargetRule} from '../../src/metrics/index.js';
import {type DrawnTraining, renderChart, scheduleLine} from '../../src/plots/index.js';
import {planCycles, scheduleOf} from '../../src/schedules/index.js';
import {temporaryFolder} from '../helpers/cli.js';

const {loadImage, createCanvas} = createRequire(import.meta.url)('canvas') as typeof import('canvas');

/** A schedule of linear warm-ups and constant rates, each cycle a little above the last. */
export function drawing(
  cycles: number,
  totalSteps: number,
  {cycleLengths, learningRate = 1.5e-3}: {cycleLengths?: number[]; learningRate?: number} = {},
): DrawnSchedule {
  const plans = planCycles(
    {
      learningRate,
      warmupFactor: 0.02,
      warmupScheduleFns: Array(cycles).fill('linear'),
      decayScheduleFns: Array(cycles).fill('constant'),
      alterDecays: Array.from({length: cycles}, (_, i) => 0.1 * learningRate * i),
      alterWarmups: Array(cycles).fill(0),
      cycleLengths,
    },
    totalSteps,
  );
  return {
    learningRate: scheduleOf(plans),
    totalSteps,
    cycles: plans.map(({start, end, warmup, decay}) => ({start, end, label: `${warmup} + ${decay}`})),
  };
}

/** An evaluation whose accuracy is `value` on all splits. */
export function evaluation(step: number, value: number): DrawnTraining['evaluations'][number] {
  const splits = ['train', 'validation', 'test'].map((split) => [`${split}/accuracy`, value]);
  return {step, metrics: {...Object.fromEntries(splits), 'validation/loss': 1 - value}};
}

/** An accuracy of more than 0.97 on validation. */
export const target: TargetRule = {
  metric: 'accuracy',
  goal: 'maximize',
  inclusive: false,
  validation: 0.97,
  lossMetric: 'loss',
};

/** A run of two cycles in 400 steps. */
export function training(change: Partial<DrawnTraining> = {}): DrawnTraining {
  return {
    title: 'mnist: a',
    ending: 'stopped after 400 steps',
    losses: [],
    evaluations: [],
    target,
    learningRate: scheduleLine(drawing(2, 400)),
    resets: [{step: 200, cause: 'boundary'}],
    globalStep: 400,
    ...change,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the parts of a specification that a test looks at
export const layersOf = (chart: unknown): any[] => (chart as {layer: any[]}).layer;
// biome-ignore lint/suspicious/noExplicitAny: the same
export const panelsOf = (chart: unknown): any[] => (chart as {vconcat: any[]}).vconcat;

/** All texts of a chart as it is drawn, in drawing order. */
export async function drawnTexts(chart: TopLevelSpec): Promise<string[]> {
  const svg = `${temporaryFolder()}/chart.svg`;
  await renderChart(chart, {svg});
  return [...readFileSync(svg, 'utf8').matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

export async function sizeOfPicture(file: string): Promise<[number, number]> {
  const {width, height} = await loadImage(file);
  return [width, height];
}

/** The share of dark pixels in a part of a picture. */
export async function darkness(
  file: string,
  part: {x: number; y: number; width: number; height: number},
): Promise<number> {
  const image = await loadImage(file);
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const {data} = context.getImageData(part.x, part.y, part.width, part.height);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) if (data[i]! + data[i + 1]! + data[i + 2]! < 300) dark++;
  return dark / (part.width * part.height);
}
