/** What a run has on an axis; null: nothing. */
export type ParallelValue = number | string | boolean | null;

/** An axis of parallel coordinates: of a parameter, or of what came of it. */
export interface ParallelAxis {
  readonly name: string;
  /** Where a value lies, from 0 to 1; null where there is none. */
  readonly placeOf: (value: ParallelValue) => number | null;
  /** Its labels in full, and where they stand. */
  readonly labels: readonly {readonly place: number; readonly text: string}[];
}

/** An axis has a logarithmic scale where its largest value is so many times the least. */
const LOG_RATIO = 20;
/** Different numbers that all have labels. */
const MOST_NUMBERS = 5;
/** Different texts that have labels. */
const MOST_TEXTS = 12;
/** The share of the axis that two labels stand apart. */
const APART = 0.07;

/** The axis of some values: of numbers, logarithmic where they lie far apart, or of texts, in their order. */
export function parallelAxis(name: string, values: readonly ParallelValue[]): ParallelAxis {
  const known = values.filter((value) => value !== null);
  return known.every((value) => typeof value === 'number') ? numericAxis(name, known) : textAxis(name, known);
}

function numericAxis(name: string, values: readonly number[]): ParallelAxis {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const isLog = low > 0 && high / low >= LOG_RATIO;
  const scaled = (value: number) => (isLog ? Math.log(value) : value);
  const span = scaled(high) - scaled(low);
  const place = (value: number) => (span > 0 ? (scaled(value) - scaled(low)) / span : 0.5);
  const middle = isLog ? Math.sqrt(low * high) : (low + high) / 2;
  const different = [...new Set(values)].sort((a, b) => a - b);
  const shown = different.length > MOST_NUMBERS ? [low, middle, high] : apart(different, place);
  return {
    name,
    placeOf: (value) => (typeof value === 'number' ? place(value) : null),
    labels: shown.map((value) => ({place: place(value), text: numberText(value)})),
  };
}

function numberText(value: number): string {
  const text = String(Number(value.toPrecision(3)));
  return text.length <= 8 ? text : value.toExponential(2).replace('e+', 'e');
}

/** Values without those that would be too near to the one before, or to the last one. */
function apart(values: readonly number[], place: (value: number) => number): number[] {
  const kept: number[] = [];
  for (const [i, value] of values.entries()) {
    const isLast = i === values.length - 1;
    const isFar = (other: number) => Math.abs(place(value) - place(other)) >= APART;
    if (isLast || (isFar(values.at(-1)!) && (kept.length === 0 || isFar(kept.at(-1)!)))) kept.push(value);
  }
  return kept;
}

function textAxis(name: string, values: readonly ParallelValue[]): ParallelAxis {
  const texts = [...new Set(values.map(String))].sort((a, b) => a.localeCompare(b, 'en', {numeric: true}));
  const placeOf = (text: string) => (texts.length > 1 ? texts.indexOf(text) / (texts.length - 1) : 0.5);
  return {
    name,
    placeOf: (value) => (value === null ? null : placeOf(String(value))),
    labels: texts.length > MOST_TEXTS ? [] : texts.map((text) => ({place: placeOf(text), text})),
  };
}
