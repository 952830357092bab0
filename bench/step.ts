/**
 * Times the training step on each available engine, next to a plain tfjs loop and, if its Python is given, a peer:
 * `npm run bench -- --help`. They take turns, round by round, each in its own process; ratios are medians of the
 * rounds' ratios.
 */
import {exitCodeOf} from '../src/cli/index.js';
import {renderChart} from '../src/plots/index.js';
import {writeWhole} from '../src/support/index.js';
import {benchChart} from './chart.js';
import {type BenchOptions, type Case, parseOptions} from './options.js';
import {median, type Row, tableOf} from './rows.js';
import {type RunningWorker, start, type Worker} from './worker.js';

const ROUNDS = 5;
/** How long one worker's turn should last, in seconds. */
const TURN_SECONDS = 0.6;

const PEER = 'jax';
const SHIPPED = 'tfjs-wasm as shipped';

function workers({workload, batchSize, optimizer, engines}: Case, {peer, isPart}: BenchOptions): Worker[] {
  const sibling = (name: string): string => new URL(name, import.meta.url).pathname;
  const ours = (engine: string, kind: 'step' | 'run'): Worker => ({
    name: kind === 'step' ? engine : `${engine}, whole run`,
    command: [process.execPath, sibling('engine-process.js'), workload, String(batchSize), engine, kind, optimizer],
  });
  const isSmall = workload === 'mnist';
  // The peer's program stands beside the sources: it is not built.
  const program = sibling('../../bench/peer_jax.py');
  return [
    ...(peer ? [{name: PEER, command: [peer, program, workload, String(batchSize), optimizer] as const}] : []),
    ...(isSmall && !isPart && optimizer === 'adamw'
      ? [{name: SHIPPED, command: [process.execPath, sibling('plain-process.js'), String(batchSize)] as const}]
      : []),
    ...engines.flatMap((engine) =>
      isSmall && engine !== 'cpu' ? [ours(engine, 'step'), ours(engine, 'run')] : [ours(engine, 'step')],
    ),
  ];
}

interface Timed {
  readonly running: RunningWorker;
  readonly count: number;
  readonly milliseconds: number[];
  /** Of whole loops: their time, round by round, over that of the steps alone. */
  readonly ratiosToStep: number[];
}

/** Steps of one turn: the speed is taken from a few steps after the first ones. */
async function turnOf(running: RunningWorker): Promise<number> {
  const [few, many] = [2, 20];
  const secondsAStep = async (count: number): Promise<number> => (await running.steps(count)).seconds / count;
  const guess = await secondsAStep(few);
  const seconds = guess * many > TURN_SECONDS ? guess : await secondsAStep(many);
  return Math.max(2, Math.round(TURN_SECONDS / seconds));
}

async function time(each: Case, options: BenchOptions): Promise<Row[]> {
  const {workload, batchSize, optimizer} = each;
  const timed: Timed[] = [];
  try {
    for (const worker of workers(each, options)) {
      process.stderr.write(`${workload}, batch ${batchSize}, ${optimizer}: starting ${worker.name}\n`);
      const running = await start(worker);
      timed.push({running, count: await turnOf(running), milliseconds: [], ratiosToStep: []});
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const {running, count, milliseconds, ratiosToStep} of timed) {
        const {seconds, stepSeconds} = await running.steps(count);
        milliseconds.push((seconds / count) * 1e3);
        if (stepSeconds !== undefined) ratiosToStep.push(seconds / stepSeconds);
      }
    }
  } finally {
    await Promise.all(timed.map(({running}) => running.end()));
  }
  return timed.map((one) => rowOf(each, one, timed));
}

function rowOf(
  {workload, batchSize, optimizer}: Case,
  {running, milliseconds, ratiosToStep}: Timed,
  all: readonly Timed[],
): Row {
  const ratioTo = (name: string): number | undefined => {
    const other = all.find(({running}) => running.name === name);
    return other && median(milliseconds.map((time, i) => time / other.milliseconds[i]!));
  };
  return {
    workload,
    batchSize,
    optimizer,
    name: running.name,
    millisecondsPerStep: median(milliseconds),
    ratioToPeer: ratioTo(PEER),
    ratioToShipped: ratioTo(SHIPPED),
    ratioToStep: ratiosToStep.length > 0 ? median(ratiosToStep) : undefined,
    startSeconds: running.startSeconds,
    firstStepSeconds: running.firstStepSeconds,
    peakMegabytes: running.peakBytes() / 1e6,
  };
}

/**
 * Measures what the command line asks for, prints the table and writes both files; they are replaced at the end, if all went
 * well.
 * @returns the exit code: 0 done, 2 an error that the user can fix (nothing was measured), 1 a bug
 */
export async function bench(argv: readonly string[]): Promise<number> {
  try {
    const options = await parseOptions(argv);
    const rows: Row[] = [];
    for (const each of options.cases) rows.push(...(await time(each, options)));
    process.stdout.write(`${tableOf(rows)}\n`);
    writeWhole(options.out, `${JSON.stringify({node: process.version, rounds: ROUNDS, rows}, null, 2)}\n`);
    await renderChart(benchChart(rows), {png: options.picture});
    process.stdout.write(`${options.out}\n${options.picture}\n`);
    return 0;
  } catch (error) {
    return exitCodeOf(error);
  }
}
