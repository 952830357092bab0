import type {Tensor} from '../contract/index.js';
import {engineState} from './disturbed.js';
import {tf} from './tf.js';

/** The number of tensors that have not been freed. */
export function tensorCount(): number {
  return engineState().numTensors;
}

/** A record of where tensors are created. */
export interface TensorRecord {
  /** Number of tensors created so far. */
  readonly made: number;
  /** For each of tensors `from` to `to - 1` that has not been freed, an error with the stack of its creation. */
  left(from: number, to: number): Error[];
  stop(): void;
}

/** Records a stack for each tensor that is created, until it is stopped. Slow. */
export function recordTensors(): TensorRecord {
  const engine = tf.engine() as unknown as {trackTensor(tensor: Tensor, backend: unknown): void};
  const made: {readonly tensor: Tensor; readonly at: Error}[] = [];
  const track = engine.trackTensor;
  engine.trackTensor = (tensor, backend) => {
    made.push({tensor, at: new Error('a tensor')});
    track.call(engine, tensor, backend);
  };
  return {
    get made() {
      return made.length;
    },
    left: (from, to) =>
      made
        .slice(from, to)
        .filter(({tensor}) => !tensor.isDisposed)
        .map(({at}) => at),
    // Uncovers the method of the class.
    stop: () => void delete (engine as {trackTensor?: unknown}).trackTensor,
  };
}
