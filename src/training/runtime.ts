import {haveSameData} from '../../workloads/index.js';
import type {Dataset, LoadingProgress, Workload} from '../contract/index.js';
import {closeDataset, countsOf, dataFingerprint} from '../data/index.js';
import {type EngineInfo, openEngine, watchEngine} from '../engine/index.js';
import {UserError} from '../support/index.js';
import {type Profiler, section} from './profiler.js';

/** What a runtime is opened with. */
export interface RuntimeOptions {
  readonly workload: Workload;
  /** `auto`, `tensorflow`, `wasm` or `cpu`. */
  readonly backend: string;
  /** Default: ALGOPERF_DATA_DIR, else what was downloaded or came with the package. */
  readonly dataDir?: string | undefined;
  /** Called while data that takes long is opened; default: not at all. */
  readonly watcher?: LoadingWatcher | undefined;
}

/** An observer of data that is being opened. */
export interface LoadingWatcher {
  readonly loading?: LoadingProgress;
}

/**
 * An engine and a workload's data, opened once: what runs of the workload need and leave as it is. Runs in one runtime, one
 * after the other, give the numbers that they would give in processes of their own.
 */
export interface Runtime {
  readonly workload: Workload;
  readonly engine: EngineInfo;
  readonly dataset: Dataset;
  /** That it was opened with. */
  readonly dataDir?: string | undefined;
  /** Names what of the engine was replaced since it was opened, or undefined. */
  readonly engineChange: () => string | undefined;
  /** Of the data set, as `dataFingerprint` gives it. */
  readonly dataSha256: string;
}

/**
 * Opens the engine and reads the data.
 * @param batchSize - of the training steps: the engine chooses its threads by it
 * @param profiler - times both; default: nothing is timed
 * @throws UserError if the engine is not there, or the data is missing, of another form, or without examples in a split
 */
export async function openRuntime(options: RuntimeOptions, batchSize: number, profiler?: Profiler): Promise<Runtime> {
  const {workload, backend, dataDir, watcher} = options;
  const {multiplyAdds, matMulMultiplyAdds} = workload;
  const engine = await section(profiler, 'Opening engine', () =>
    openEngine(backend, {batchSize, multiplyAdds, matMulMultiplyAdds}),
  );
  const engineChange = watchEngine();
  // After the engine: the data is best put where the engine can take it from without a copy.
  const dataset = await section(profiler, 'Initializing dataset', () => workload.loadData(dataDir, watcher?.loading));
  await requireExamples(dataset);
  return {workload, engine, engineChange, dataset, dataDir, dataSha256: await dataFingerprint(dataset)};
}

/** A measure of no example is no number, and training without one never begins. */
async function requireExamples(dataset: Dataset): Promise<void> {
  const empty = Object.entries(countsOf(dataset)).find(([, size]) => size === 0);
  if (!empty) return;
  await closeDataset(dataset);
  throw new UserError(`the data of ${dataset.source} has no ${empty[0]} example; every split must have one at least`);
}

/** Runtimes that were closed. */
const closed = new WeakSet<Runtime>();

/** Ends the threads and closes the files that the runtime's data has; no run is made in it after that. */
export async function closeRuntime(runtime: Runtime): Promise<void> {
  closed.add(runtime);
  await closeDataset(runtime.dataset);
}

/** @throws UserError if a run of the workload can't be made in the runtime: it was closed, or opened for another workload */
export function requireRuntime(runtime: Runtime, workload: Workload): void {
  if (closed.has(runtime))
    throw new UserError(
      'runtime: it was closed, so no run can be made in it; close it after the last run, or open another one',
    );
  if (haveSameData(runtime.workload, workload) && runtime.workload.name === workload.name) return;
  const found = runtime.workload.name;
  const [which, what] =
    found === workload.name
      ? [`of the name '${found}'`, 'give the same value, or the same path, to openRuntime and train']
      : [`'${found}'`, `open one for '${workload.name}'`];
  throw new UserError(`runtime: it was opened for another workload, ${which}, and has its data; ${what}`);
}
