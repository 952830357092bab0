import type {Workload} from '../contract/index.js';
import {checkedOptions} from '../options/index.js';
import {loadWorkloadOf} from './load-run.js';
import {openRuntime, type Runtime, type RuntimeOptions} from './runtime.js';
import {batchSizeOption, openOptions} from './train-options.js';

/** What a program opens a runtime with. */
export interface OpenOptions extends Omit<RuntimeOptions, 'workload' | 'backend'> {
  /** A name, the path of a .ts or .js file, or a workload itself. */
  readonly workload: string | Workload;
  /** `auto`, `tensorflow`, `wasm` or `cpu`; default `auto`. */
  readonly backend?: string | undefined;
}

/**
 * Opens an engine and a workload's data for several runs.
 * @param batchSize - of the training steps, at least 1: the engine chooses its threads by it
 * @throws UserError if workload, engine or data are not there
 * @throws RangeError naming every option that is missing, wrong or unknown
 */
export async function openRuntimeFor(options: OpenOptions, batchSize: number): Promise<Runtime> {
  checkedOptions('openRuntime', openOptions, options);
  if (batchSize === undefined)
    throw new RangeError('openRuntime: its second argument, the batch size of the training steps, is missing');
  checkedOptions('openRuntime', batchSizeOption, {batchSize});
  const {backend = 'auto', ...others} = options;
  return openRuntime({...others, backend, workload: await loadWorkloadOf(options)}, batchSize);
}
