import type {DrawnCycle} from '../contract/index.js';
import {CHARACTER, SUBTITLE_SIZE} from './style.js';

/** The text above a cycle; empty where not even the cycle's number fits. */
export interface CycleLabel {
  readonly text: string;
  readonly fontSize: number;
}

type Form = 'full' | 'short' | 'number';

/** Font sizes of each form of a label, the one to be preferred first; of the last, the least that is legible. */
const SIZES: {readonly [form in Form]: readonly number[]} = {
  full: [15, 13, 11],
  short: [13, 12, 11],
  number: [13, 11, 10, 9],
};
/** Room that a label leaves to the boundaries at its sides, together. */
const MARGIN = {full: 8, short: 6, number: 2} as const;

/**
 * Labels that fit above their cycles: in full, else shortened, else the cycle's number alone. Labels of one form have
 * one size.
 * @param width - of the whole schedule, in the picture's units
 */
export function cycleLabels(cycles: readonly DrawnCycle[], totalSteps: number, width: number): CycleLabel[] {
  const room = cycles.map(({start, end}) => (width * (end - start)) / totalSteps);
  const texts = cycles.map(({label}, i) => textsOf(label, i + 1, cycles.length));
  const fits = (form: Form, i: number, size: number) =>
    texts[i]![form].length * size * CHARACTER.bold <= room[i]! - MARGIN[form];
  const forms = cycles.map((_, i) =>
    (['full', 'short', 'number'] as const).find((form) => fits(form, i, SIZES[form].at(-1)!)),
  );
  const sizeOf = (form: Form) =>
    SIZES[form].find((size) => forms.every((other, i) => other !== form || fits(form, i, size)))!;
  return forms.map((form, i) =>
    form === undefined ? {text: '', fontSize: SIZES.number.at(-1)!} : {text: texts[i]![form], fontSize: sizeOf(form)},
  );
}

/** `2: linear + cosine`, `2: lin+cos`, `2`; a cycle that is the only one needs no number. */
function textsOf(label: string, number: number, count: number): {readonly [form in Form]: string} {
  const words = label.split(' + ');
  const short = words.length === 1 ? label : words.map((word) => word.slice(0, 3)).join('+');
  return {full: count === 1 ? label : `${number}: ${label}`, short: `${number}: ${short}`, number: `${number}`};
}

/**
 * The shapes of the cycles whose label has no room for them, cycles of one shape together, in lines that fit the
 * width: `1-3, 5: linear + cosine;`, `4: none + constant`.
 */
export function shapesInWords(cycles: readonly DrawnCycle[], labels: readonly CycleLabel[], width: number): string[] {
  const numbers = new Map<string, number[]>();
  for (const [i, {label}] of cycles.entries()) {
    if (/^\d*$/.test(labels[i]!.text)) numbers.set(label, [...(numbers.get(label) ?? []), i + 1]);
  }
  const parts = [...numbers].flatMap(([label, ofLabel], i) => {
    const ranges = rangesOf(ofLabel);
    const end = i < numbers.size - 1 ? ';' : '';
    return ranges.map((range, j) => (j < ranges.length - 1 ? `${range},` : `${range}: ${label}${end}`));
  });
  return wrapped(parts, Math.floor(width / (SUBTITLE_SIZE * CHARACTER.regular)));
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
