import {tf} from './tf.js';

/**
 * Computes a part of a model. Intermediate values that no gradient needs are freed at its end where entries run
 * op by op, instead of at the entry's end: a deep model then needs the memory of its widest part. Changes no value.
 * @param part - gives tensors, or objects of them
 */
export function section<T extends object>(part: () => T): T {
  return tf.tidy(part as never) as T;
}
