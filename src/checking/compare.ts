import {leavesOf, type NdArray, type TrainState, type Tree} from '../contract/index.js';

/** The leaves of a program's state, by path. */
export function leavesOfState(state: TrainState<NdArray>): {readonly path: string; readonly value: NdArray}[] {
  return leavesOf<NdArray>(state as unknown as Tree<NdArray>);
}

/** Whether two arrays have the same values, bit for bit; any NaN equals any other. */
export function areSame({data: a}: NdArray, {data: b}: NdArray): boolean {
  return a.length === b.length && a.every((value: number, i: number) => Object.is(value, b[i]));
}

/** The first leaf in which two states differ, in words; undefined if they are equal. */
export function differenceOf(one: TrainState<NdArray>, other: TrainState<NdArray>): string | undefined {
  const others = new Map(leavesOfState(other).map(({path, value}) => [path, value]));
  for (const {path, value} of leavesOfState(one)) {
    const counterpart = others.get(path);
    if (!counterpart) return `'${path}' is missing`;
    if (areSame(value, counterpart)) continue;
    const at = value.data.findIndex((each: number, i: number) => !Object.is(each, counterpart.data[i]));
    return `'${path}' has ${counterpart.data[at]} instead of ${value.data[at]}`;
  }
  return undefined;
}
