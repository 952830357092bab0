/**
 * Times the training step of 784-128-10 with AdamW on the wasm engine, and what this project adds around it.
 *   npm run bench -- [--out bench.json]
 * Everything is compared within one process, in alternating rounds; the table holds medians and ratios.
 */
import {parseArgs} from 'node:util';
import type {Recorder} from '../src/contract/index.js';
import {compile, openEngine} from '../src/engine/index.js';
import {writeWhole} from '../src/files.js';
import {cyclic} from '../src/submissions/cyclic/index.js';
import {
  createEvaluator,
  createInputQueue,
  evaluateEntry,
  runTrial,
  startClock,
  type Trial,
} from '../src/training/index.js';
import {mnist} from '../workloads/mnist/index.js';
import {plainSteps} from './plain.js';

const ROUNDS = 5;
const BATCHES = [16, 128, 1024];

const config = {
  hyperparameters: {
    optimizer: 'adamw',
    learningRate: 0.001,
    oneMinusBeta1: 0.07,
    beta2: 0.995,
    weightDecay: 0.08,
    warmupFactor: 0.02,
  },
  schedule: {warmupScheduleFns: ['linear'], decayScheduleFns: ['cosine'], alterDecays: [0], alterWarmups: [0]},
  reset: {method: 'none', alpha: 0.5},
  earlyStopping: {enabled: false, epsilon: 0.1, epsilon2: 0.01, recoveryTime: 9, smoothing: 0.5},
};

const nothing: Recorder = {schedule: () => 0, scalars: () => {}, event: () => {}, row: () => {}};

export interface Timed {
  readonly name: string;
  readonly batch: number;
  readonly millisecondsPerStep: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function stepsFor(batch: number): number {
  return batch >= 1024 ? 15 : batch >= 128 ? 100 : 200;
}

/** Milliseconds a step of `count` steps. */
async function timed(steps: (count: number) => Promise<void> | void, count: number): Promise<number> {
  const began = performance.now();
  await steps(count);
  return (performance.now() - began) / count;
}

async function prepare(batchSize: number) {
  const dataset = await mnist.loadData(undefined);
  const model = mnist.initModel([0, 1]);
  const optimizerState = await cyclic.initOptimizerState({
    workload: mnist,
    model,
    config,
    key: [0, 2],
    recorder: nothing,
  });
  const program = compile(
    {...model, optimizer: optimizerState.init},
    {...optimizerState.entries, evaluate: evaluateEntry(mnist)},
  );
  const inputQueue = createInputQueue({examples: dataset.train, batchSize, key: [0, 3]});
  return {dataset, optimizerState, program, inputQueue};
}

/** The step alone: one batch on the host, again and again. */
function bareSteps({program, inputQueue}: Awaited<ReturnType<typeof prepare>>): (count: number) => void {
  const batch = inputQueue.next();
  return (count) => {
    for (let i = 0; i < count; i++) program.run('step', {batch, rate: 0.001, key: [0, i]}).number('loss');
  };
}

/** The same step under the loop: drawing batches, the clock, the record, the submission's own work. */
function loopSteps({
  dataset,
  optimizerState,
  program,
  inputQueue,
}: Awaited<ReturnType<typeof prepare>>): (count: number) => Promise<void> {
  let done = 0;
  const evaluate = createEvaluator({program, dataset, workload: mnist, key: [0, 5]});
  const trial = (maxGlobalSteps: number): Trial => ({
    workload: mnist,
    submission: cyclic as never,
    config,
    rules: {evalEverySteps: 1e9, stopAtTarget: true, budgetSeconds: undefined, maxGlobalSteps},
    program,
    optimizerState,
    inputQueue,
    stepKey: [0, 4],
    evaluate,
    clock: startClock(),
    record: {recorder: nothing, flush: async () => {}, evaluation: async () => {}, checkpoint: async () => {}},
    watcher: {event: () => {}, progress: () => {}},
    signal: new AbortController().signal,
    now: {
      globalStep: done,
      evaluations: [],
      trainingComplete: false,
      lastEvaluationAt: performance.now(),
      loss: undefined,
      rate: undefined,
    },
  });
  return async (count) => {
    // Step 1 and the last one would be evaluated: both lie outside what is run here.
    done += 2;
    const running = trial(done + count + 1_000_000);
    const stop = new AbortController();
    const counted = {...running, signal: stop.signal, watcher: {event: () => {}, progress: () => {}}};
    const target = done + count;
    const submission = {
      ...cyclic,
      updateParams: (context: Parameters<typeof cyclic.updateParams>[0]) => {
        if (context.globalStep + 1 >= target) stop.abort();
        return cyclic.updateParams(context);
      },
    };
    await runTrial({...counted, submission: submission as never});
    done = target;
  };
}

async function main(): Promise<void> {
  const {values} = parseArgs({options: {out: {type: 'string'}}});
  const plain = await plainSteps(BATCHES);
  const rows: (Timed & {ratio: string})[] = [];
  await openEngine('wasm');
  for (const batch of BATCHES) {
    const prepared = await prepare(batch);
    const [bare, loop] = [bareSteps(prepared), loopSteps(prepared)];
    const count = stepsFor(batch);
    await bare(10);
    await loop(10);
    const times = {bare: [] as number[], loop: [] as number[]};
    for (let round = 0; round < ROUNDS; round++) {
      times.bare.push(await timed(bare, count));
      times.loop.push(await timed(loop, count));
    }
    const shipped = plain.get(batch)!;
    const [step, whole] = [median(times.bare), median(times.loop)];
    const around = median(times.loop.map((time, i) => time / times.bare[i]! - 1));
    rows.push({name: 'tfjs-wasm as shipped', batch, millisecondsPerStep: shipped, ratio: '1'});
    rows.push({name: 'step', batch, millisecondsPerStep: step, ratio: `${(step / shipped).toFixed(2)} of shipped`});
    rows.push({
      name: 'step under the loop',
      batch,
      millisecondsPerStep: whole,
      ratio: `${(100 * around).toFixed(1)} % around the step`,
    });
    prepared.program.dispose();
  }
  console.table(
    rows.map(({name, batch, millisecondsPerStep, ratio}) => ({
      name,
      batch,
      'ms a step': Number(millisecondsPerStep.toFixed(3)),
      ratio,
    })),
  );
  if (values.out) writeWhole(values.out, `${JSON.stringify({node: process.version, rows}, null, 2)}\n`);
}

await main();
