import type {TopLevelSpec} from 'vega-lite';
import type {DrawnCycle, DrawnSchedule} from '../contract/index.js';
import {type Point, reducedLine} from './reduce.js';
import {COLORS, CONFIG, HEIGHT, RATE_LABELS, STEP_LABELS, SUBTITLE_SIZE, WIDTH} from './style.js';

/** Points of a whole schedule: a few for each pixel of the picture's width. */
const BUCKETS = 2000;
const PADDING = {left: 16, right: 36, top: 16, bottom: 16};
/** Nominal width of one character of a label, at its font size. */
const CHARACTER = 0.62;
const PLOT_WIDTH = WIDTH - 130;
const LABEL_SIZES = [15, 13, 11];

/**
 * The picture of a learning-rate schedule: one line, a dashed rule at each boundary, each cycle's shape above it. What
 * does not fit above a narrow cycle is shortened to its number, told in the subtitle's list where there is one.
 */
export function scheduleChart({rate, totalSteps, cycles}: DrawnSchedule): TopLevelSpec {
  const line = scheduleLine({rate, totalSteps, cycles});
  const top = Math.max(...line.map(({value}) => value)) || 1;
  const {size, texts} = cycleLabels(cycles, totalSteps);
  const labels = cycles.map((cycle, i) => ({step: (cycle.start + cycle.end) / 2, text: texts[i]!}));
  const subtitle = subtitleOf(cycles, texts);
  const boundaries = cycles.slice(1).map(({start}) => ({step: start}));
  const x = {field: 'step', type: 'quantitative' as const, scale: {domain: [0, totalSteps], nice: false}};
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: WIDTH,
    height: HEIGHT,
    autosize: {type: 'fit', contains: 'padding'},
    padding: PADDING,
    title: {text: 'Learning Rate Schedule', ...subtitle},
    config: CONFIG as never,
    layer: [
      {
        data: {values: boundaries},
        mark: {type: 'rule', strokeDash: [6, 5], color: COLORS.boundary, strokeWidth: 1.5},
        encoding: {x},
      },
      {
        data: {values: line as unknown as object[]},
        mark: {type: 'line', color: COLORS.rate, strokeWidth: 2.5, strokeJoin: 'round', clip: true},
        encoding: {
          x: {
            ...x,
            title: 'Global Steps',
            axis: {labelExpr: STEP_LABELS, tickCount: 10, tickMinStep: 1, labelFlush: true},
          },
          y: {
            field: 'value',
            type: 'quantitative',
            title: 'Learning Rate',
            // Room above the line for the cycles' labels.
            scale: {domain: [0, top * 1.14], nice: false},
            axis: {labelExpr: RATE_LABELS, tickCount: 8},
          },
          order: {field: 'order', type: 'quantitative'},
        },
      },
      {
        data: {values: labels},
        mark: {type: 'text', fontSize: size, color: COLORS.text, baseline: 'middle', fontWeight: 'bold'},
        encoding: {x, y: {datum: top * 1.07, type: 'quantitative'}, text: {field: 'text', type: 'nominal'}},
      },
    ],
  };
}

/** The line in drawing order. Cycles are reduced one by one, so that both sides of a boundary stay and a jump is upright. */
export function scheduleLine({rate, totalSteps, cycles}: DrawnSchedule): (Point & {order: number})[] {
  const points = cycles.flatMap(({start, end}) => {
    if (end <= start) return [];
    const buckets = Math.max(10, Math.round((BUCKETS * (end - start)) / totalSteps));
    const part = reducedLine(rate, start, end, buckets);
    // The last rate holds until the boundary, where the next cycle's first one takes its place.
    return [...part, {step: end, value: part.at(-1)!.value}];
  });
  return points.map((point, order) => ({...point, order}));
}

/** The line of a chart that `scheduleChart` made, in drawing order. */
export function lineOf(chart: TopLevelSpec): Point[] {
  const layers = (chart as {layer?: {mark?: {type?: string}; data?: {values?: Point[]}}[]}).layer ?? [];
  return layers.find(({mark}) => mark?.type === 'line')?.data?.values ?? [];
}

/** Labels that fit their cycles: in full, else the number and a shorter form, else the number alone. */
function cycleLabels(cycles: readonly DrawnCycle[], totalSteps: number): {size: number; texts: string[]} {
  const widths = cycles.map(({start, end}) => (PLOT_WIDTH * (end - start)) / totalSteps);
  const fits = (texts: readonly string[], size: number) =>
    texts.every((text, i) => text.length * size * CHARACTER <= widths[i]! - 6);
  const full = cycles.map(({label}, i) => (cycles.length === 1 ? label : `${i + 1}: ${label}`));
  const size = LABEL_SIZES.find((candidate) => fits(full, candidate));
  if (size !== undefined) return {size, texts: full};
  const small = LABEL_SIZES.at(-1)!;
  const one = (text: string, width: number) => text.length * small * CHARACTER <= width - 6;
  const texts = cycles.map(({label}, i) => {
    const choices = [full[i]!, `${i + 1}: ${abbreviated(label)}`, `${i + 1}`];
    return choices.find((choice) => one(choice, widths[i]!)) ?? '';
  });
  return {size: small, texts};
}

/** The shapes of the cycles that are too narrow for more than their number, in lines that fit the picture. */
function subtitleOf(cycles: readonly DrawnCycle[], texts: readonly string[]): {subtitle?: string[]} {
  const told = cycles.flatMap(({label}, i) => (/^\d*$/.test(texts[i]!) ? [`${i + 1}: ${label}`] : []));
  if (told.length === 0) return {};
  const lines: string[] = [];
  for (const text of told) {
    const longer = [lines.at(-1), text].filter(Boolean).join(',  ');
    if (lines.length > 0 && longer.length * SUBTITLE_SIZE * CHARACTER <= PLOT_WIDTH) lines[lines.length - 1] = longer;
    else lines.push(text);
  }
  return {subtitle: lines};
}

/** `linear + cosine` as `lin+cos`. */
function abbreviated(label: string): string {
  return label
    .split(' + ')
    .map((word) => word.slice(0, 3))
    .join('+');
}
