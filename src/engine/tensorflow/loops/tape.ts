import type {Tensor} from '../../../contract/index.js';
import {tf} from '../../tf.js';

interface TapeNode {
  readonly inputs: {readonly [name: string]: Tensor};
}

/** tfjs's engine, as far as gradients of loops look into it. */
interface TapedEngine {
  readonly state: {activeTape: readonly TapeNode[] | null};
  isTapeOn(): boolean;
  nextTensorId(): number;
  runKernelFunc(kernel: TapedFunction): Tensor | Tensor[];
}

/** A function with a gradient of its own. */
export interface TapedFunction {
  readonly inputs: {readonly [name: string]: Tensor};
  readonly forwardFunc: () => Tensor | Tensor[];
  /** Of as many upstream gradients as there are outputs; absent: it has none, and to ask for it is an error. */
  readonly backwardsFunc?: (upstream: Tensor | Tensor[]) => {readonly [name: string]: () => Tensor};
  readonly attrs: object;
}

const engine = tf.engine() as unknown as TapedEngine;

/** Whether gradients of what is computed now will be asked for. */
export function isTaped(): boolean {
  return engine.isTapeOn();
}

/** Computes by a function that the gradient of is known. */
export function runTaped(taped: TapedFunction): Tensor[] {
  const outputs = engine.runKernelFunc(taped);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** What was computed. */
interface Taped<T> {
  readonly result: T;
  /** The float32 tensors from outside that a gradient can be asked for. */
  readonly taken: readonly Tensor[];
  /** Where it begins on the tape. */
  readonly tapedFrom: number;
}

/** Computes. @param own - tensors that do not count as taken from outside */
export function withTensorsTaken<T>(own: readonly Tensor[], compute: () => T): Taped<T> {
  const [tapedFrom, firstTensor] = [engine.state.activeTape!.length, engine.nextTensorId()];
  const result = compute();
  const inputs = engine.state.activeTape!.slice(tapedFrom).flatMap((node) => Object.values(node.inputs));
  const isOutside = (tensor: Tensor): boolean =>
    tensor.id < firstTensor && tensor.dtype === 'float32' && !own.includes(tensor);
  return {result, taken: [...new Set(inputs)].filter(isOutside), tapedFrom};
}

/**
 * Takes gradients of what is on the tape from a place on. One tensor that was computed from another before has no part in the other's
 * gradient: what flows through it is counted where the whole tape is gone through.
 */
export function withTapeFrom<T>(from: number, gradients: () => T): T {
  const {activeTape} = engine.state;
  engine.state.activeTape = activeTape!.slice(from);
  try {
    return gradients();
  } finally {
    engine.state.activeTape = activeTape;
  }
}
