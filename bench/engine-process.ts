/**
 * A training step on one engine: `engine-process.js <workload or probe> <batch> <engine> <step | run> <optimizer>`. `step` is the
 * program alone, on batches of noise; `run` is the whole loop on the workload's data, timed by the submission's clock, and in
 * turns with it the same program alone.
 */
import type {HostInputs, Program, Workload} from '../src/contract/index.js';
import {createInputQueue} from '../src/data/index.js';
import {compile, keyFromSeed, openEngine} from '../src/engine/index.js';
import {targetRuleOf} from '../src/metrics/index.js';
import {optimizers} from '../src/optimizers/index.js';
import {cyclic} from '../src/submissions/cyclic/index.js';
import {gradientStep, initialTensors, type StepKind} from '../src/submissions/index.js';
import {
  createEvaluator,
  evaluationEntries,
  runTrial,
  silentRecord,
  startClock,
  type Trial,
} from '../src/training/index.js';
import {loadWorkload} from '../workloads/index.js';
import {BUDGET_STEPS, configOf} from './config.js';
import {exampleBatch} from './example-batch.js';
import {timedOptimizers} from './optimizers.js';
import {type Probe, probes} from './probes/index.js';
import {serveSteps, type TimedSteps, type WorkerTask} from './worker.js';

/** Batches of noise that are taken in turns, so that no engine can keep one of them. */
const BATCHES = 4;

/** Turns of the whole loop and the step alone within one round: what slows the machine down for a while slows both. */
const SLICES = 16;

/** Steps after which a program has recorded its entries and packed its weights. */
const WARM_UP_STEPS = 10;

const [name, batch, engine, kind, optimizerName] = process.argv.slice(2) as [
  string,
  string,
  string,
  'step' | 'run',
  string,
];
const timedOptimizer = timedOptimizers[optimizerName]!;

const config = configOf(optimizerName);

async function prepare(workload: Workload) {
  const model = workload.initModel(keyFromSeed(1));
  const optimizerState = await cyclic.initOptimizerState({
    workload,
    model,
    config,
    key: keyFromSeed(2),
    recorder: silentRecord.recorder,
  });
  const entries = {...optimizerState.entries, ...evaluationEntries(workload)};
  return {optimizerState, program: compile({...model, optimizer: initialTensors(optimizerState)}, entries)};
}

/** The same step as the workloads', without a submission; compiling is a part of the first one. */
function probeAlone({model, batch}: Probe): WorkerTask {
  const optimizer = optimizers[timedOptimizer.optimizer].make(timedOptimizer);
  const initial = model.initModel(keyFromSeed(1));
  const state = {...initial, optimizer: optimizer.init(initial.params)};
  const batches = batchesOf(batch);
  let seconds: (count: number) => number;
  return {
    first() {
      seconds = stepper(compile(state, {step: gradientStep({workload: model, optimizer})}), batches);
      seconds(1);
    },
    steps: (count) => ({seconds: seconds(count)}),
  };
}

function batchesOf(batchOf: (seed: number) => HostInputs['batch']): HostInputs['batch'][] {
  return Array.from({length: BATCHES}, (_, i) => batchOf(i));
}

/**
 * Does steps of a program, each on another batch in memory.
 * @param entryOf - the entry of a step, by the number of steps before it; default always `step`
 * @returns the seconds that they took
 */
function stepper(
  program: Program,
  batches: readonly HostInputs['batch'][],
  entryOf: (kind: StepKind) => string = () => 'step',
): (count: number) => number {
  let done = 0;
  const step = () => {
    const i = done++;
    return program.run(entryOf({count: i}), {batch: batches[i % BATCHES]!, learningRate: 0.001, key: [0, i]});
  };
  return (count) => {
    const began = performance.now();
    for (let i = 1; i < count; i++) step();
    step().number('loss');
    return (performance.now() - began) / 1000;
  };
}

async function stepAlone(workload: Workload, batchSize: number): Promise<WorkerTask> {
  const {program, optimizerState} = await prepare(workload);
  const seconds = stepper(
    program,
    batchesOf((seed) => exampleBatch[workload.name]!(batchSize, seed)),
    optimizerState.entryOf,
  );
  return {first: () => void seconds(1), steps: (count) => ({seconds: seconds(count)})};
}

async function wholeLoop(workload: Workload, batchSize: number): Promise<WorkerTask> {
  const dataset = await workload.loadData(undefined);
  const {program, optimizerState} = await prepare(workload);
  const inputQueue = createInputQueue({source: dataset.train, batchSize, key: keyFromSeed(3)});
  const evaluate = createEvaluator({program, dataset, workload, key: keyFromSeed(5)});
  const stepSeconds = stepper(
    program,
    batchesOf((seed) => exampleBatch[workload.name]!(batchSize, seed)),
    optimizerState.entryOf,
  );
  // The first step, which is always evaluated, lies before all these.
  let done = 1;
  const loop = async (count: number): Promise<number> => {
    const parts = {workload, program, optimizerState, inputQueue, evaluate};
    const seconds = await loopSeconds(parts, {first: done, last: done + count});
    done += count;
    return seconds;
  };
  return {
    first: async () => void (await loop(WARM_UP_STEPS)),
    steps: (count) => inSlices(count, loop, stepSeconds),
  };
}

/** The loop and the step alone in turns, slice by slice. */
async function inSlices(
  count: number,
  loop: (count: number) => Promise<number>,
  step: (count: number) => number,
): Promise<TimedSteps> {
  const slice = Math.max(1, Math.round(count / SLICES));
  let [seconds, stepSeconds] = [0, 0];
  for (let i = 0; i < SLICES; i++) {
    seconds += await loop(slice);
    stepSeconds += step(slice);
  }
  const share = count / (slice * SLICES);
  return {seconds: seconds * share, stepSeconds: stepSeconds * share};
}

type TrialParts = Pick<Trial, 'workload' | 'program' | 'optimizerState' | 'inputQueue' | 'evaluate'>;

/** Trains from step `first` to step `last`. @returns the seconds that count as the submission's */
async function loopSeconds(parts: TrialParts, {first, last}: {first: number; last: number}): Promise<number> {
  const stop = new AbortController();
  const clock = startClock();
  await runTrial({
    ...parts,
    submission: stoppingAfter(last, stop),
    config,
    rules: {
      evalEverySteps: BUDGET_STEPS,
      target: targetRuleOf(parts.workload),
      stopAtTarget: false,
      budgetSeconds: undefined,
      maxGlobalSteps: undefined,
    },
    stepKey: keyFromSeed(4),
    clock,
    record: silentRecord,
    watcher: {event: () => {}, progress: () => {}},
    signal: stop.signal,
    progress: {
      globalStep: first,
      evaluations: [{globalStep: 0, metrics: {}, submissionTime: 0}],
      trainingComplete: false,
      lastEvaluationAt: performance.now(),
      yieldedAt: performance.now(),
      loss: undefined,
      learningRate: undefined,
    },
  });
  return clock.read().submission;
}

/** The cyclic submission, which asks to stop in its last step. */
function stoppingAfter(last: number, stop: AbortController): Trial['submission'] {
  return {
    ...cyclic,
    updateParams(context) {
      if (context.globalStep + 1 === last) stop.abort();
      return cyclic.updateParams(context as Parameters<typeof cyclic.updateParams>[0]);
    },
  } as Trial['submission'];
}

const probe = probes[name];
if (probe) {
  await openEngine(engine);
  await serveSteps(probeAlone(probe));
} else {
  const workload = await loadWorkload(name);
  const batchSize = Number(batch);
  const {multiplyAdds, matMulMultiplyAdds} = workload;
  await openEngine(engine, {batchSize, multiplyAdds, matMulMultiplyAdds});
  await serveSteps(await (kind === 'step' ? stepAlone : wholeLoop)(workload, batchSize));
}
