import {type NdArray, sizeOf} from '../../contract/index.js';
import type {Form} from './trace.js';

/** Arrays that are copied at once have this many bytes at most, or are one: a call takes long beside copying a small array. */
const GROUP_BYTES = 2 ** 28;

/**
 * Arrays whose values are copied to the host when their `data` is asked for, with those of neighbours, until others are.
 * @param read - gives copies of the arrays of these numbers
 */
export function arraysWhenAsked(
  forms: readonly Form[],
  read: (numbers: readonly number[]) => readonly NdArray[],
  groupBytes = GROUP_BYTES,
): NdArray[] {
  let current: {readonly group: readonly number[]; readonly arrays: readonly NdArray[]} | undefined;
  const dataOf = (group: readonly number[], at: number): NdArray['data'] => {
    if (current?.group !== group) {
      current = undefined;
      current = {group, arrays: read(group)};
    }
    return current.arrays[at]!.data;
  };
  return groupsOf(forms, groupBytes).flatMap((group) =>
    group.map((number, at) => ({
      ...forms[number]!,
      get data() {
        return dataOf(group, at);
      },
    })),
  );
}

/** Numbers of arrays that follow one another, and are copied at once. */
export function groupsOf(forms: readonly Form[], most = GROUP_BYTES): number[][] {
  const groups: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  forms.forEach(({shape}, number) => {
    const own = 4 * sizeOf(shape);
    if (bytes + own > most) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(number);
    bytes += own;
  });
  return groups;
}
