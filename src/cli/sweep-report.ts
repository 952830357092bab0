import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {counted, UserError} from '../support/index.js';
import {
  type Failures,
  SWEEP_PLOTS,
  type SweepPlan,
  type SweepRow,
  sweepCharts,
  sweepRows,
  writeSweepCharts,
  writeSweepTable,
} from '../sweep/index.js';
import {EXIT} from './exit-codes.js';
import {failedExit} from './sweep-exit.js';
import {resultText, resultValue, type SweepResults} from './sweep-tables.js';
import {print} from './table.js';

type Warn = (text: string) => void;

/** A sweep whose runs have ended, or were asked to stop. */
export interface EndedSweep {
  readonly plan: SweepPlan;
  readonly folder: string;
  readonly flags: {readonly experimentDir: string; readonly json?: boolean};
  readonly failures: Failures;
  /** Runs that failed. */
  readonly failed: number;
  readonly isStopped: boolean;
  readonly warn: Warn;
}

/** Writes the sweep's table and charts and prints its results. @returns the exit code */
export async function reportSweep(ended: EndedSweep): Promise<number> {
  const {flags, failed, isStopped} = ended;
  const results = await sweepResults(ended);
  print(resultValue(results), () => resultText(results), flags.json);
  if (isStopped) {
    const left = results.rows.filter(({status}) => ['new', 'unfinished', 'running'].includes(status)).length;
    process.stderr.write(`interrupted with ${counted(left, 'run')} left; to continue: the same command\n`);
    return EXIT.interrupted;
  }
  return failed === 0 && results.table === undefined ? EXIT.userError : failedExit(failed);
}

/** The results, with the sweep's table and charts written as far as they can be. */
export async function sweepResults({
  plan,
  folder,
  flags: {experimentDir},
  failures,
  warn,
}: Omit<EndedSweep, 'failed' | 'isStopped'>): Promise<SweepResults> {
  const rows = sweepRows(plan, experimentDir, failures.reasonOf);
  const written = await attempted(() => writeSweepTable(folder, plan, rows), 'table', warn);
  const plots = await sweepPlots(folder, {rows, isNew: written?.isNew ?? true, warn});
  return {plan, rows, folder, table: written?.path, plots};
}

/** What the work gives; undefined: nothing could be written, and a warning says why. */
async function attempted<T>(work: () => T | Promise<T>, what: string, warn: Warn): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    warn(`no ${what} of the sweep: ${error.message}`);
    return undefined;
  }
}

interface Drawn {
  readonly rows: readonly SweepRow[];
  /** Whether the rows differ from those of which the charts in the folder are. */
  readonly isNew: boolean;
  readonly warn: Warn;
}

/** @returns the folder of the charts; undefined: there are none, since nothing is to be drawn, or they could not be written */
async function sweepPlots(folder: string, {rows, isNew, warn}: Drawn): Promise<string | undefined> {
  const plots = join(folder, SWEEP_PLOTS);
  if (!isNew && existsSync(plots)) return plots;
  const charts = sweepCharts(rows);
  const written = await attempted(() => writeSweepCharts(folder, charts).then(() => charts.length), 'charts', warn);
  return written ? plots : undefined;
}
