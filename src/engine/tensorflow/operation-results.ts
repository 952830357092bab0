import type {Binding, HostData, OpAttribute, TensorInfo} from './binding.js';
import {createStandIns} from './stand-ins.js';
import {withoutStatus} from './status.js';

/** Type and shape of a tensor in a graph. */
export type TensorForm = Pick<TensorInfo, 'dtype' | 'shape'>;

/** An operation as tfjs asks for it. */
export interface OpCall {
  readonly op: string;
  readonly attributes: readonly OpAttribute[];
  /** Its inputs' tensors. */
  readonly ids: readonly number[];
  /** The number of its outputs. */
  readonly outputs: number;
}

/** Where the results of a recorded call's operations come from. Only their forms matter. */
export interface OperationResults {
  /**
   * @param node - the operation's in the graph that is recorded: the last one that was added
   * @param inputs - the forms of its inputs
   */
  of(call: OpCall, node: string, inputs: readonly TensorForm[]): TensorInfo[];
  /** @returns the id of a tensor that the call makes of values on the host */
  createTensor(shape: readonly number[], dtype: number, data: HostData): number;
  /** Whether the graph can have loops: only their steps are recorded then, and what a loop gives has no values. */
  readonly canLoop: boolean;
  /** Frees what the recording needed. */
  dispose(): void;
}

/** Results by executing the operations. */
export function executedResults(binding: Binding): OperationResults {
  const standIns = createStandIns(binding);
  return {
    of: (call) => executed(binding, call).map(standIns.replace),
    createTensor: (shape, dtype, data) => binding.createTensor(shape, dtype, data),
    canLoop: false,
    dispose: standIns.dispose,
  };
}

function executed(binding: Binding, {op, attributes, ids, outputs}: OpCall): TensorInfo[] {
  try {
    return binding.executeOp(op, attributes, ids, outputs);
  } catch (failure) {
    throw new Error(`${op}: ${withoutStatus(failure as Error).message}`, {cause: failure});
  }
}
