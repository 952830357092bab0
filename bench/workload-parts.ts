import {type Dataset, full, type HostBatch, type Program, type Source, type Workload} from '../src/contract/index.js';
import {compile, keyFromSeed} from '../src/engine/index.js';
import {cyclic} from '../src/submissions/cyclic/index.js';
import {initialTensors} from '../src/submissions/index.js';
import {createEvaluator, evaluationEntries, silentRecord} from '../src/training/index.js';
import {configOf} from './config.js';
import {exampleBatch, exampleEvaluationBatch} from './example-batch.js';

/** What a run asks of the engine, on one batch: each part can be called again and again. */
export interface WorkloadParts {
  /** A training step by AdamW, whose gradient norm is logged. @returns the loss */
  step(): number;
  /** An evaluation of a split that is the batch. @returns the metrics */
  evaluation(): Promise<{readonly [metric: string]: number} | undefined>;
  /** What a reset does: the model is made again, the state read and written. */
  reset(): void;
  readonly program: Program;
}

/** @param size - of the batch of noise */
export async function workloadParts(workload: Workload, size: number): Promise<WorkloadParts> {
  const [inputs, evaluated] = [exampleBatch, {...exampleBatch, ...exampleEvaluationBatch}].map((made) =>
    made[workload.name]!(size, 1),
  ) as [HostBatch, HostBatch];
  const model = workload.initModel(keyFromSeed(1));
  const context = {workload, model, config: configOf('adamw'), key: keyFromSeed(2), recorder: silentRecord.recorder};
  const optimizer = await cyclic.initOptimizerState(context);
  const program = compile(
    {...model, optimizer: initialTensors(optimizer)},
    {...optimizer.entries, ...evaluationEntries(workload)},
  );
  const evaluate = createEvaluator({
    program,
    workload,
    dataset: datasetOf(evaluated),
    splits: ['validation'],
    key: [0, 0],
  });
  let count = 0;
  return {
    program,
    step() {
      const entry = optimizer.entryOf({count, isLogged: true});
      const outputs = program.run(entry, {batch: inputs, learningRate: 0.001, key: [0, count], step: count});
      count += 1;
      return outputs.number('loss');
    },
    evaluation: () => evaluate(),
    reset() {
      const {optimizer: moments} = program.read();
      program.write({...workload.initModel(keyFromSeed(3)), optimizer: moments});
    },
  };
}

/** The same batch each time. Of graphs its fields have other numbers of rows than of examples, as those of a source that packs them. */
function datasetOf(batch: HostBatch): Dataset {
  const weights = batch.weights ?? full(batch.targets!.shape, 1);
  const size = batch.targets!.shape[0]!;
  const read = (): HostBatch => ({...batch, weights});
  const source: Source = {size, read, packed: () => ({most: size, take: (rows) => rows.length, read})};
  return {train: source, validation: source, source: 'noise', detokenize: (tokens) => tokens.join(' ')};
}
