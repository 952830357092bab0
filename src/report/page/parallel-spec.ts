import {MOST_PARALLEL, type ParallelAxis, parallelAxis, parallelParts} from '../../plots/index.js';
import type {RunReport} from '../report-data.js';
import {exact} from './format.js';
import {type Cell, differingKeys, shortKey} from './run-columns.js';
import type {Palette} from './theme.js';

/** An axis of the chart of runs: a hyperparameter, or the best value. */
export interface RunAxis extends ParallelAxis {
  readonly cellOf: (run: RunReport) => Cell;
  /** A run's value in full. */
  readonly textOf: (run: RunReport) => string;
}

/** The axes of runs: the hyperparameters in which they differ, then the best value. Fewer than two: there is nothing to see. */
export function parallelAxes(runs: readonly RunReport[], most = MOST_PARALLEL): RunAxis[] {
  const keys = differingKeys(runs).slice(0, most);
  const metric = runs.find(({target}) => target)?.target?.metric ?? 'best value';
  return [
    ...keys.map((key) => axisOf(shortKey(key), runs, ({hyperparameters}) => hyperparameters[key] ?? null)),
    axisOf(`best ${metric}`, runs, ({best}) => best?.value ?? null),
  ];
}

function axisOf(name: string, runs: readonly RunReport[], cellOf: RunAxis['cellOf']): RunAxis {
  const textOf = (run: RunReport): string => {
    const value = cellOf(run);
    return value === null || typeof value === 'number' ? exact(value) : String(value);
  };
  return {...parallelAxis(name, runs.map(cellOf)), cellOf, textOf};
}

/** A run's values in a sentence: `run-1: learning_rate 0.1, best accuracy 0.98`. */
export function runText(run: RunReport, axes: readonly RunAxis[]): string {
  return `${run.name}: ${axes.map(({name, textOf}) => `${name} ${textOf(run)}`).join(', ')}`;
}

export interface ParallelDrawing {
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  /** Which runs are not dimmed. */
  readonly isShown: (run: RunReport) => boolean;
  readonly colorOf: (run: RunReport) => string;
  readonly isAlone: boolean;
}

/** Of labels, in pixels. */
const FONT_SIZE = 11.5;
export const LETTER = 6.6;
const PADDING = {inside: {left: 4, right: 4, top: 4, bottom: 8}, alone: 24};

/** Every run as a line through its hyperparameters to its best value. */
export function parallelSpec(runs: readonly RunReport[], axes: readonly RunAxis[], drawing: ParallelDrawing): object {
  const {palette, width, height, isAlone} = drawing;
  const lines = runs.map((run) => ({
    id: run.id,
    values: axes.map(({cellOf}) => cellOf(run)),
    color: drawing.colorOf(run),
    opacity: drawing.isShown(run) ? 0.85 : 0.15,
  }));
  return {
    width,
    height,
    padding: isAlone ? PADDING.alone : PADDING.inside,
    autosize: {type: 'fit', contains: 'padding'},
    ...(isAlone && {
      title: {text: 'Hyperparameters and best values', anchor: 'start', fontSize: 15, color: palette.ink},
    }),
    config: {
      background: isAlone ? palette.ground : 'transparent',
      font: 'system-ui, sans-serif',
      aria: false,
      view: {stroke: null},
    },
    ...parallelParts(axes, lines, {
      ...palette,
      width: width - (isAlone ? 2 * PADDING.alone : PADDING.inside.left + PADDING.inside.right),
      fontSize: FONT_SIZE,
      letter: LETTER,
    }),
  };
}
