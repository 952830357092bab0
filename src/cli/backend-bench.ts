import {requireThreadCounts} from '../engine/index.js';
import {tensorflowCandidates} from '../native/index.js';
import {runInChild, siblingModule} from '../support/index.js';
import type {EngineTask, EngineTimes} from './backend-process.js';
import {EXIT} from './exit-codes.js';

/** Flags of `backend bench`. */
export interface BenchFlags {
  readonly batchSize?: readonly number[];
  readonly json?: boolean;
}

/** One engine's row: its times, or why it could not be timed. */
export interface BenchRow {
  readonly engine: string;
  /** Milliseconds per step, in the order of the batch sizes; absent where the engine failed. */
  readonly milliseconds?: readonly number[];
  readonly failure?: string;
}

const DEFAULT_BATCH_SIZES = [16, 128, 1024];

/** Times a training step on each engine, one after the other, and prints the times. */
export async function benchAction({batchSize = DEFAULT_BATCH_SIZES, json}: BenchFlags): Promise<void> {
  const hasTensorflow = tensorflowCandidates().length > 0;
  if (hasTensorflow) requireThreadCounts();
  const engines = [...(hasTensorflow ? ['tensorflow'] : []), 'wasm', 'cpu'];
  const rows: BenchRow[] = [];
  for (const engine of engines) {
    process.stderr.write(`Timing ${engine}\n`);
    rows.push(await timeEngine(engine, batchSize));
  }
  process.stdout.write(
    json ? `${JSON.stringify({batchSizes: batchSize, engines: rows})}\n` : formatBench(batchSize, rows),
  );
  if (rows.some(({failure}) => failure !== undefined)) process.exitCode = EXIT.userError;
}

async function timeEngine(engine: string, batchSizes: readonly number[]): Promise<BenchRow> {
  const task: EngineTask = {task: 'bench', choice: engine, batchSizes};
  try {
    const {milliseconds} = await runInChild<EngineTimes>(siblingModule('backend-process', import.meta.url), task);
    return {engine, milliseconds};
  } catch (error) {
    return {engine, failure: (error as Error).message};
  }
}

/** A table of milliseconds per step: a row per engine, a column per batch size. */
export function formatBench(batchSizes: readonly number[], rows: readonly BenchRow[]): string {
  const head = ['ms/step', ...batchSizes.map((size) => `batch ${size}`)];
  const cells = rows.map(({engine, milliseconds = []}) => [engine, ...milliseconds.map(threeDigits)]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]!))).join('  ');
  const lines = rows.map(({engine, failure}, i) =>
    failure === undefined ? line(cells[i]!) : `${engine.padEnd(widths[0]!)}  failed: ${essence(failure)}`,
  );
  return `${[line(head), ...lines].join('\n')}\n`;
}

/** One line: of a stack trace, the one with the error. */
function essence(failure: string): string {
  const lines = failure.split('\n');
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[0]!;
}

/** At least three significant digits: `0.812`, `28.4`, `508`. */
export function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
