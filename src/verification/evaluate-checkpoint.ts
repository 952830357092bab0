import {
  formOf,
  mapTree,
  type NdArray,
  type Program,
  type RunEntry,
  StructureError,
  type Tree,
  type Workload,
  zipTrees,
} from '../contract/index.js';
import {compile, keyFromSeed} from '../engine/index.js';
import type {ReadCheckpoint} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {
  createEvaluator,
  entryRunner,
  evaluationEntries,
  evaluationKey,
  type RunOptions,
  type Runtime,
} from '../training/index.js';

/** What a checkpoint is evaluated in and with: no code of a submission takes part. */
export interface EvaluatedRun {
  readonly runtime: Runtime;
  readonly options: RunOptions;
  /** Default: all splits. */
  readonly splits?: readonly string[] | undefined;
}

/**
 * The metrics of a checkpoint by `split/name`: the workload's own evaluation of the parameters that the run evaluated.
 * @throws UserError if the model is not of the workload's form
 */
export async function evaluateCheckpoint(
  {runtime, options, splits}: EvaluatedRun,
  checkpoint: ReadCheckpoint,
): Promise<{readonly [name: string]: number}> {
  const {workload, dataset, engineChange} = runtime;
  const program = programOf(runtime, checkpoint);
  const key = evaluationKey(options.rngSeed!);
  try {
    return (await createEvaluator({program, dataset, workload, engineChange, splits, key})())!;
  } finally {
    program.dispose();
  }
}

/** Does something with a checkpoint's model, as the workload's evaluation has it. */
export function withCheckpoint<T>({runtime}: EvaluatedRun, checkpoint: ReadCheckpoint, work: (run: RunEntry) => T): T {
  const program = programOf(runtime, checkpoint);
  try {
    return work(entryRunner({program}));
  } finally {
    program.dispose();
  }
}

/**
 * Its only entries are those of the workload's evaluation, of a model that is there already.
 * @throws UserError if the model is not of the workload's form: with other shapes, an evaluation could look up what it is to compute
 */
function programOf({workload}: Runtime, checkpoint: ReadCheckpoint): Program {
  const model = checkpoint.takeEvaluated();
  try {
    zipTrees<string, NdArray, void>(formsOf(workload), model as unknown as Tree<NdArray>, (expected, array, path) => {
      if (formOf(array) !== expected)
        throw new StructureError(`'${path}' is ${formOf(array)}, and ${expected} in the workload's model`);
    });
  } catch (cause) {
    if (!(cause instanceof StructureError)) throw cause;
    throw new UserError(`its model is not that of the workload ${workload.name}: ${cause.message}`, {cause});
  }
  return compile({...model, optimizer: {}}, evaluationEntries(workload));
}

/** Dtype and shape of each leaf of a workload's model. */
function formsOf(workload: Workload): Tree<string> {
  const forms = known.get(workload) ?? mapTree<NdArray, string>({...workload.initModel(keyFromSeed(0))}, formOf);
  known.set(workload, forms);
  return forms;
}

const known = new WeakMap<Workload, Tree<string>>();
