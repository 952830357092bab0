import {full, type HostBatch} from '../../src/contract/index.js';

/**
 * A batch of sequences whose tokens are each the target of the one before: `inputs` and `targets` int32 [batch, length], `weights` 1.
 * @param sequences - `length + 1` tokens each
 */
export function tokenBatch(sequences: readonly ArrayLike<number>[], length: number): HostBatch {
  const count = sequences.length;
  const shape = [count, length];
  const [inputs, targets] = [new Int32Array(count * length), new Int32Array(count * length)];
  for (const [i, tokens] of sequences.entries()) {
    for (let at = 0; at < length; at++) {
      inputs[i * length + at] = tokens[at]!;
      targets[i * length + at] = tokens[at + 1]!;
    }
  }
  return {
    inputs: {shape, dtype: 'int32', data: inputs},
    targets: {shape, dtype: 'int32', data: targets},
    weights: full(shape, 1),
  };
}
