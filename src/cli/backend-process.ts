import {loadWorkload} from '../../workloads/index.js';
import type {HostInputs} from '../contract/index.js';
import {compile, type EngineInfo, keyFromSeed, openEngine, uniform} from '../engine/index.js';
import {adamw} from '../optimizers/index.js';
import {gradientStep} from '../submissions/index.js';
import {answer} from '../support/index.js';

/** What a process for one engine does: to open it, or to time a training step on it. */
export type EngineTask =
  | {readonly task: 'open'; readonly choice: string}
  | {readonly task: 'bench'; readonly choice: string; readonly batchSizes: readonly number[]};

/** How long a step takes on one engine. */
export interface EngineTimes {
  readonly info: EngineInfo;
  /** Median milliseconds of a step, in the order of the batch sizes asked for. */
  readonly milliseconds: readonly number[];
}

const WARM_UP_STEPS = 3;
const LEAST_STEPS = 5;
const TIMED_MILLISECONDS = 1000;
/** Two, taken in turns, so that no engine can keep one of them. */
const BATCHES = 2;

await answer(async (request: EngineTask): Promise<EngineInfo | EngineTimes> => {
  const info = await openEngine(request.choice);
  if (request.task === 'open') return info;
  const milliseconds: number[] = [];
  for (const batchSize of request.batchSizes) milliseconds.push(await timeStep(batchSize));
  return {info, milliseconds};
});

/** Milliseconds of one AdamW step of mnist, its loss read: the median over a second of steps, five at least. */
async function timeStep(batchSize: number): Promise<number> {
  const workload = await loadWorkload('mnist');
  const optimizer = adamw({b1: 0.9, b2: 0.999, weightDecay: 1e-2});
  const {params, modelState} = workload.initModel(keyFromSeed(0));
  const program = compile(
    {params, modelState, optimizer: optimizer.init(params)},
    {step: gradientStep({workload, optimizer})},
  );
  const batches = Array.from({length: BATCHES}, (_, i) => randomBatch(batchSize, i));
  const times: number[] = [];
  const begin = performance.now();
  for (let step = 0; step < LEAST_STEPS + WARM_UP_STEPS || performance.now() - begin < TIMED_MILLISECONDS; step++) {
    const start = performance.now();
    program.run('step', {...batches[step % BATCHES], learningRate: 1e-3, key: keyFromSeed(step)}).number('loss');
    times.push(performance.now() - start);
  }
  program.dispose();
  const timed = times.slice(WARM_UP_STEPS).sort((a, b) => a - b);
  return timed[Math.floor(timed.length / 2)]!;
}

/** Noise in the form of mnist's batches. */
function randomBatch(batchSize: number, seed: number): HostInputs {
  const targets = Int32Array.from({length: batchSize}, (_, i) => i % 10);
  return {
    batch: {
      inputs: uniform(keyFromSeed(seed), [batchSize, 784]),
      targets: {shape: [batchSize], dtype: 'int32', data: targets},
      weights: {shape: [batchSize], dtype: 'float32', data: new Float32Array(batchSize).fill(1)},
    },
  };
}
