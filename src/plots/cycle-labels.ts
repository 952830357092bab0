import type {DrawnCycle} from '../contract/index.js';
import {CHARACTER, SUBTITLE_SIZE} from './style.js';

/** The text above a cycle; empty where there is no room for the cycle's number. */
export interface CycleLabel {
  readonly text: string;
  readonly fontSize: number;
}

/** How long a schedule is, and how wide it is drawn in the picture's units. */
export interface Extent {
  readonly totalSteps: number;
  readonly width: number;
}

/** Font sizes of shapes and of numbers, the one to be preferred first; the last is the least that is legible. */
const SIZES = {shape: [15, 13, 11], number: [13, 11]} as const;
/** Numbers that would touch are thinned out to those of every second cycle, every fifth and so on; at last to none. */
const STRIDES = [1, 2, 5, 10, 20, 50, 100, 200, 500, Number.POSITIVE_INFINITY];
/** Between two labels; half of it from a label to a boundary. */
const DISTANCE = 8;

/**
 * Labels that do not touch: a cycle's shape where it fits, else its number, as far as there is room for numbers. The wide
 * cycles have their numbers first, those of much the same width together.
 */
export function cycleLabels(cycles: readonly DrawnCycle[], extent: Extent): CycleLabel[] {
  const shapes = shapeLabels(cycles, extent);
  let labels = shapes.map((shape): CycleLabel => shape ?? {text: '', fontSize: SIZES.number[0]});
  let sizes: readonly number[] = SIZES.number;
  for (const group of widthGroups(cycles, shapes)) {
    const taken = labels.flatMap((label, i) => (label.text === '' ? [] : [sidesOf(label, cycles[i]!, extent)]));
    const choices = STRIDES.flatMap((stride) =>
      sizes.map((fontSize) => {
        const numbers = numberLabels(cycles, extent, {group, stride, fontSize, taken});
        return labels.map((label, i) => numbers.get(i) ?? label);
      }),
    );
    labels = choices.find((choice) => areApart(choice, cycles, extent)) ?? labels;
    // All numbers of a picture are of one size.
    const labelled = group.find((i) => labels[i]!.text !== '');
    if (labelled !== undefined) sizes = [labels[labelled]!.fontSize];
  }
  return labels;
}

/** The cycles that have no label yet, by index, the widest first; those of a group are more than half as wide as its widest. */
function widthGroups(cycles: readonly DrawnCycle[], shapes: readonly unknown[]): number[][] {
  const lengthOf = (i: number) => cycles[i]!.end - cycles[i]!.start;
  const groups: number[][] = [];
  const indices = [...cycles.keys()].filter((i) => shapes[i] === undefined);
  for (const i of indices.sort((a, b) => lengthOf(b) - lengthOf(a))) {
    const group = groups.at(-1);
    if (group && lengthOf(i) > lengthOf(group[0]!) / 2) group.push(i);
    else groups.push([i]);
  }
  return groups;
}

interface Numbering {
  /** Indices of cycles. */
  readonly group: readonly number[];
  readonly stride: number;
  readonly fontSize: number;
  /** Where other labels begin and end. */
  readonly taken: readonly (readonly [number, number])[];
}

/** The numbers of a group that `stride` divides, by index, but for those that would touch a label or the schedule's ends. */
function numberLabels(
  cycles: readonly DrawnCycle[],
  extent: Extent,
  {group, stride, fontSize, taken}: Numbering,
): Map<number, CycleLabel> {
  const numbers = group
    .filter((i) => (i + 1) % stride === 0)
    .map((i): [number, CycleLabel] => [i, {text: `${i + 1}`, fontSize}]);
  return new Map(
    numbers.filter(([i, label]) => {
      const [left, right] = sidesOf(label, cycles[i]!, extent);
      const isWithinEnds = left >= DISTANCE / 2 && right <= extent.width - DISTANCE / 2;
      return isWithinEnds && taken.every(([from, to]) => right + DISTANCE <= from || left >= to + DISTANCE);
    }),
  );
}

/** `2: linear + cosine` where it fits above its cycle, all of one size; a cycle that is the only one needs no number. */
function shapeLabels(cycles: readonly DrawnCycle[], extent: Extent): (CycleLabel | undefined)[] {
  const texts = cycles.map(({label}, i) => (cycles.length === 1 ? label : `${i + 1}: ${label}`));
  const fits = (text: string, i: number, fontSize: number) => isWithin({text, fontSize}, cycles[i]!, extent);
  const fitting = texts.map((text, i) => fits(text, i, SIZES.shape.at(-1)!));
  const fontSize = SIZES.shape.find((size) => texts.every((text, i) => !fitting[i] || fits(text, i, size)))!;
  return texts.map((text, i) => (fitting[i] ? {text, fontSize} : undefined));
}

const widthOf = ({text, fontSize}: CycleLabel) => text.length * fontSize * CHARACTER.bold;

/** Whether a label leaves the boundaries of its cycle free. */
export function isWithin(label: CycleLabel, {start, end}: DrawnCycle, {totalSteps, width}: Extent): boolean {
  return widthOf(label) <= (width * (end - start)) / totalSteps - DISTANCE;
}

/** Where a label in the middle of its cycle begins and ends. */
function sidesOf(label: CycleLabel, {start, end}: DrawnCycle, {totalSteps, width}: Extent): [number, number] {
  const [middle, half] = [(width * (start + end)) / 2 / totalSteps, widthOf(label) / 2];
  return [middle - half, middle + half];
}

function areApart(labels: readonly CycleLabel[], cycles: readonly DrawnCycle[], extent: Extent): boolean {
  let taken = Number.NEGATIVE_INFINITY;
  for (const [i, label] of labels.entries()) {
    if (label.text === '') continue;
    const [left, right] = sidesOf(label, cycles[i]!, extent);
    if (left < taken + DISTANCE) return false;
    taken = right;
  }
  return true;
}

/** Lines that the subtitle may take of the picture. */
const MOST_LINES = 2;

/**
 * The shapes of the cycles whose label has no room for them, cycles of one shape together, in at most two lines that fit
 * the width: `1-3, 5: linear + cosine;`, `4: none + constant`. What is too much is left out, of each shape's numbers first:
 * `1, 9, 17, ...: linear + cosine;`; then of the shapes: `...`.
 */
export function shapesInWords(cycles: readonly DrawnCycle[], labels: readonly CycleLabel[], width: number): string[] {
  const numbers = new Map<string, number[]>();
  for (const [i, {label}] of cycles.entries()) {
    if (!/^\d*$/.test(labels[i]!.text)) continue;
    const ofLabel = numbers.get(label);
    if (ofLabel) ofLabel.push(i + 1);
    else numbers.set(label, [i + 1]);
  }
  const shapes = [...numbers].map(([label, ofLabel]) => ({label, ranges: rangesOf(ofLabel)}));
  const length = Math.floor(width / (SUBTITLE_SIZE * CHARACTER.regular));
  const fits = (lines: string[]) => lines.length <= MOST_LINES && lines.every((line) => line.length <= length);
  // No more ranges than this fit, however short they are.
  for (let most = Math.floor((MOST_LINES * length) / 2); most >= 1; most--) {
    const lines = wrapped(itemsOf(shapes, most), length);
    if (fits(lines)) return lines;
  }
  const items = itemsOf(shapes, 1);
  for (let labelled = shapes.length - 1; labelled >= 1; labelled--) {
    const lines = wrapped([...items.slice(0, labelled), '...'], length);
    if (fits(lines)) return lines;
  }
  return ['...'];
}

/** `1-3, 5: linear + cosine;`, with at most so many of a shape's ranges. */
function itemsOf(
  shapes: readonly {readonly label: string; readonly ranges: readonly string[]}[],
  most: number,
): string[] {
  return shapes.map(({label, ranges}, i) => {
    const listed = ranges.length > most ? [...ranges.slice(0, most), '...'] : ranges;
    return `${listed.join(', ')}: ${label}${i < shapes.length - 1 ? ';' : ''}`;
  });
}

/** Ascending numbers, three or more that follow each other as a range: `1-3`, `5`, `6`. */
function rangesOf(numbers: readonly number[]): string[] {
  const runs: number[][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.at(-1) === number - 1) last.push(number);
    else runs.push([number]);
  }
  return runs.flatMap((run) => (run.length < 3 ? run.map(String) : [`${run[0]}-${run.at(-1)}`]));
}

/** Parts that are not broken, in lines of at most `length` characters where a part itself is not longer. */
function wrapped(parts: readonly string[], length: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${part}` : part;
    if (lines.length > 0 && longer.length <= length) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}
