import {table, threeDigits} from '../src/cli/index.js';

/** The measurements of one worker. */
export interface Row {
  readonly workload: string;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly name: string;
  /** The median of the rounds. */
  readonly millisecondsPerStep: number;
  /** Medians of the ratios within each round; undefined if the other worker did not take part. */
  readonly ratioToPeer: number | undefined;
  readonly ratioToShipped: number | undefined;
  /** Of a whole run: to the step alone on the same engine. */
  readonly ratioToStep: number | undefined;
  /** From the start of the process until it could take a step. */
  readonly startSeconds: number;
  readonly firstStepSeconds: number;
  readonly peakMegabytes: number;
}

/** The middle value; of an even number of values, the upper one of the two. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const COLUMNS = [
  'workload',
  'batch',
  'optimizer',
  'engine',
  'ms/step',
  'to peer',
  'to shipped',
  'to step',
  'start s',
  'first step s',
  'peak MB',
];

export function tableOf(rows: readonly Row[]): string {
  const ratio = (value: number | undefined): string => value?.toFixed(2) ?? '-';
  return table(
    COLUMNS,
    rows.map((row) => [
      row.workload,
      row.batchSize,
      row.optimizer,
      row.name,
      threeDigits(row.millisecondsPerStep),
      ratio(row.ratioToPeer),
      ratio(row.ratioToShipped),
      ratio(row.ratioToStep),
      row.startSeconds.toFixed(2),
      row.firstStepSeconds.toFixed(2),
      row.peakMegabytes.toFixed(0),
    ]),
  );
}
