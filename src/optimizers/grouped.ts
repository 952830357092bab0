import type {Tensor} from '../contract/index.js';
import {tf} from '../engine/index.js';

/**
 * Does the same to many matrices: those of one form are stacked [count, rows, columns] and done at once, which makes a long graph
 * short, and fills an engine with work.
 * @param change - of tensors of rank 2 or 3, over whose first dimension of 3 it goes matrix by matrix; it keeps that dimension
 * @param keyOf - tells further apart what is not to be done at once; default nothing
 * @returns what became of each, in the order given
 */
export function inGroups<T extends {readonly value: Tensor}>(
  given: readonly T[],
  change: (stacked: Tensor, like: T) => Tensor,
  keyOf: (one: T) => string = () => '',
): Tensor[] {
  const groups = new Map<string, number[]>();
  given.forEach((one, i) => {
    const key = `${one.value.shape} ${keyOf(one)}`;
    groups.set(key, [...(groups.get(key) ?? []), i]);
  });
  const changed: Tensor[] = [];
  for (const members of groups.values()) {
    const values = members.map((i) => given[i]!.value);
    const like = given[members[0]!]!;
    const results = values.length === 1 ? [change(values[0]!, like)] : tf.unstack(change(tf.stack(values), like));
    members.forEach((i, place) => {
      changed[i] = results[place]!;
    });
  }
  return changed;
}
