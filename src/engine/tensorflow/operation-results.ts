import type {Binding, OpAttribute, TensorInfo} from './binding.js';
import {createStandIns} from './stand-ins.js';

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
  /** Frees what the recording needed. */
  dispose(): void;
}

/** Results by executing the operations. */
export function executedResults(binding: Binding): OperationResults {
  const standIns = createStandIns(binding);
  return {
    of: ({op, attributes, ids, outputs}) => binding.executeOp(op, attributes, ids, outputs).map(standIns.replace),
    dispose: standIns.dispose,
  };
}
