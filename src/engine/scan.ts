import type {Tensor} from '../contract/index.js';
import {section} from './sections.js';
import {tf} from './tf.js';

/** What a scan hands from step to step, by name; each [batch, ...]. */
export type Carry = {readonly [name: string]: Tensor};

export interface ScanStep<C extends Carry> {
  /** Of the shapes and types that it had. */
  readonly carry: C;
  /** [batch, ...], of the same shape at every step. */
  readonly output: Tensor;
}

export interface ScanOptions<C extends Carry> {
  readonly carry: C;
  /** [batch, steps, ...], with at least one step. */
  readonly inputs: Tensor;
  /** int32 [batch], each from 0 to the number of steps; default: all steps. */
  readonly lengths?: Tensor | undefined;
}

/**
 * Applies a step along the second dimension, as `jax.lax.scan` does along the first. Where a sequence has ended, what is handed on
 * stays as it is, and the outputs are 0. The steps become so many parts of a graph: recording it takes a time that grows with them.
 * @returns what the last step hands on, and the outputs, [batch, steps, ...]
 */
export function scan<C extends Carry>(
  step: (carry: C, input: Tensor) => ScanStep<C>,
  {carry, inputs, lengths}: ScanOptions<C>,
): {carry: C; outputs: Tensor} {
  const outputs: Tensor[] = [];
  let current = carry;
  for (const [i, input] of stepsOf(inputs).entries()) {
    const {carry: next, output} = section(() => {
      const given = step(current, input);
      if (!lengths) return given;
      const isWithin = tf.greater(lengths, tf.scalar(i, 'int32'));
      const chosen = Object.entries(given.carry).map(([name, tensor]) => [
        name,
        whereRows(isWithin, tensor, current[name]!),
      ]);
      return {
        carry: Object.fromEntries(chosen) as C,
        output: whereRows(isWithin, given.output, tf.zerosLike(given.output)),
      };
    });
    current = next;
    outputs.push(output);
  }
  return {carry: current, outputs: tf.stack(outputs, 1)};
}

/** tfjs has no gradient of what is unstacked into one. */
function stepsOf(inputs: Tensor): Tensor[] {
  return inputs.shape[1] === 1 ? [tf.squeeze(inputs, [1])] : tf.unstack(inputs, 1);
}

/** The rows of `a` where a condition, bool [batch], holds, else those of `b`. */
function whereRows(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shaped = tf.reshape(condition, [condition.size, ...a.shape.slice(1).map(() => 1)]);
  return tf.where(tf.broadcastTo(shaped, a.shape), a, b);
}
