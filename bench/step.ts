/**
 * Times the training step of each engine that is there, beside the plain loop of tfjs and, where its Python is given, a peer:
 *   npm run bench -- [--peer <python>] [--workload mnist] [--batch-size 128] [--engine wasm] [--out bench.json]
 * Who is compared takes turns, round by round, each in a process of its own; ratios are medians of the rounds' ratios.
 */
import {parseArgs} from 'node:util';
import {tensorflowCandidates} from '../src/engine/tensorflow/load.js';
import {writeWhole} from '../src/files.js';
import {renderChart} from '../src/plots/index.js';
import {workloadNames} from '../workloads/index.js';
import {benchChart} from './chart.js';
import {type Participant, type RunningParticipant, start} from './participant.js';
import {median, type Row, tableOf} from './rows.js';

const ROUNDS = 5;
/** How long one participant's turn should last, in seconds. */
const TURN_SECONDS = 0.6;

const BATCH_SIZES: {readonly [workload: string]: readonly number[]} = {mnist: [16, 128, 1024], cifar: [32]};

const PEER = 'jax';
const SHIPPED = 'tfjs-wasm as shipped';

interface Asked {
  /** The Python that runs the peer. */
  readonly peer: string | undefined;
  /** Only these engines, without the plain loop; undefined: all there are. */
  readonly engines: readonly string[] | undefined;
}

function participants(workload: string, batchSize: number, {peer, engines: only}: Asked): Participant[] {
  const sibling = (name: string): string => new URL(name, import.meta.url).pathname;
  const ours = (engine: string, kind: 'step' | 'run'): Participant => ({
    name: kind === 'step' ? engine : `${engine}, whole run`,
    command: [process.execPath, sibling('engine-process.js'), workload, String(batchSize), engine, kind],
  });
  const isSmall = workload === 'mnist';
  const engines = [
    ...(tensorflowCandidates().length > 0 ? ['tensorflow'] : []),
    'wasm',
    ...(isSmall && batchSize <= 128 ? ['cpu'] : []),
  ].filter((engine) => only?.includes(engine) ?? true);
  // The peer's program stands beside the sources: it is not built.
  const program = sibling('../../bench/peer_jax.py');
  return [
    ...(peer ? [{name: PEER, command: [peer, program, workload, String(batchSize)] as const}] : []),
    ...(isSmall && !only
      ? [{name: SHIPPED, command: [process.execPath, sibling('plain-process.js'), String(batchSize)] as const}]
      : []),
    ...engines.flatMap((engine) =>
      isSmall && engine !== 'cpu' ? [ours(engine, 'step'), ours(engine, 'run')] : [ours(engine, 'step')],
    ),
  ];
}

interface Timed {
  readonly running: RunningParticipant;
  readonly count: number;
  readonly milliseconds: number[];
}

/** Steps of one turn: the speed is taken from a few steps after the first ones. */
async function turnOf(running: RunningParticipant): Promise<number> {
  const [few, many] = [2, 20];
  const guess = (await running.steps(few)) / few;
  const seconds = guess * many > TURN_SECONDS ? guess : (await running.steps(many)) / many;
  return Math.max(2, Math.round(TURN_SECONDS / seconds));
}

async function time(workload: string, batchSize: number, asked: Asked): Promise<Row[]> {
  const timed: Timed[] = [];
  try {
    for (const participant of participants(workload, batchSize, asked)) {
      process.stderr.write(`${workload}, batch ${batchSize}: starting ${participant.name}\n`);
      const running = await start(participant);
      timed.push({running, count: await turnOf(running), milliseconds: []});
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const {running, count, milliseconds} of timed)
        milliseconds.push(((await running.steps(count)) / count) * 1e3);
    }
  } finally {
    await Promise.all(timed.map(({running}) => running.end()));
  }
  return timed.map((each) => rowOf(workload, batchSize, each, timed));
}

function rowOf(workload: string, batchSize: number, {running, milliseconds}: Timed, all: readonly Timed[]): Row {
  const ratioTo = (name: string): number | undefined => {
    const other = all.find(({running}) => running.name === name);
    return other && median(milliseconds.map((time, i) => time / other.milliseconds[i]!));
  };
  return {
    workload,
    batchSize,
    name: running.name,
    millisecondsPerStep: median(milliseconds),
    ratioToPeer: ratioTo(PEER),
    ratioToShipped: ratioTo(SHIPPED),
    ratioToStep: running.name.endsWith('whole run') ? ratioTo(running.name.replace(', whole run', '')) : undefined,
    startSeconds: running.startSeconds,
    firstStepSeconds: running.firstStepSeconds,
    peakMegabytes: running.peakBytes() / 1e6,
  };
}

async function main(): Promise<void> {
  const {values} = parseArgs({
    options: {
      peer: {type: 'string'},
      out: {type: 'string', default: 'bench.json'},
      engine: {type: 'string', multiple: true},
      workload: {type: 'string', multiple: true},
      'batch-size': {type: 'string', multiple: true},
    },
  });
  const rows: Row[] = [];
  for (const workload of values.workload ?? workloadNames) {
    for (const batchSize of values['batch-size']?.map(Number) ?? BATCH_SIZES[workload] ?? []) {
      rows.push(...(await time(workload, batchSize, {peer: values.peer, engines: values.engine})));
    }
  }
  process.stdout.write(`${tableOf(rows)}\n`);
  writeWhole(values.out, `${JSON.stringify({node: process.version, rounds: ROUNDS, rows}, null, 2)}\n`);
  const png = values.out.replace(/(\.json)?$/, '.png');
  await renderChart(benchChart(rows), {png});
  process.stdout.write(`${values.out}\n${png}\n`);
}

await main();
