import {type NdArray, type Outputs, sizeOf, zerosLike} from '../../contract/index.js';
import {outputsOf} from '../outputs.js';
import type {HostData} from './binding.js';
import type {Fed, HostLeaf} from './host-inputs.js';
import {type FeedValue, REPEATS, type RunnableEntry} from './runnable-entry.js';
import type {Form, Trace} from './trace.js';

/** Inputs of more bytes are not copied: what is fed without a copy is fed at once. */
const MOST_COPIED_BYTES = 65_536;

/** An entry with what it is to run on. */
export interface Execution {
  readonly entry: RunnableEntry;
  /** The values of the trace's feeds, in its order. */
  readonly feeds: readonly FeedValue[];
}

/** One call of an entry, fed from its leaves. */
export function executionOf(entry: RunnableEntry, leaves: readonly HostLeaf[]): Execution {
  const feeds = entry.trace.feeds.map(({leaf, isSource}) => {
    const {fed, source} = leaves[leaf]!;
    return isSource ? source! : fed;
  });
  return {entry, feeds};
}

/**
 * Numbers of the state up to which calls are deferred: of a larger one a step takes long, and of several steps' states all would be in
 * memory at once.
 */
const MOST_CHANGED = 2 ** 22;

/**
 * Whether calls of an entry may be deferred, as far as its inputs and its state tell.
 * @param forms - the state's, by variable
 */
export function canDefer(
  {feeds, changed}: Pick<Trace, 'feeds' | 'changed'>,
  leaves: readonly HostLeaf[],
  forms: readonly Form[],
): boolean {
  const bytes = feeds.map(({leaf, isSource}) => (isSource ? 0 : leaves[leaf]!.fed.data.byteLength));
  const numbers = changed.reduce((sum, variable) => sum + sizeOf(forms[variable]!.shape), 0);
  return (
    changed.length > 0 && numbers <= MOST_CHANGED && bytes.reduce((sum, each) => sum + each, 0) <= MOST_COPIED_BYTES
  );
}

/** The inputs of `REPEATS` calls by feed, one after the other; undefined for a source. */
export type InputStacks = readonly (HostData | undefined)[];

/** Memory for the inputs of deferred calls: it can be used again once they have run, which leaves copies of their outputs. */
export function createInputStacks({trace}: RunnableEntry, leaves: readonly HostLeaf[]): InputStacks {
  return trace.feeds.map(({leaf, isSource}) => {
    const {data} = leaves[leaf]!.fed;
    return isSource ? undefined : zerosLike(data, REPEATS * data.length);
  });
}

/** What became of a deferred call; empty until it has run. */
interface DeferredCall {
  values?: ReadonlyMap<string, NdArray>;
  failure?: unknown;
}

/** Calls of one entry on the same sources that have not run yet. */
export interface DeferredCalls {
  readonly entry: RunnableEntry;
  /** The inputs of the first call: the sources of all of them, and the forms. */
  readonly leaves: readonly HostLeaf[];
  readonly stacks: InputStacks;
  readonly calls: DeferredCall[];
}

/** Whether a call can be run together with those that are deferred. */
export function canJoin(deferred: DeferredCalls, entry: RunnableEntry, leaves: readonly HostLeaf[]): boolean {
  return deferred.entry === entry && deferred.leaves.every(({source}, i) => source === leaves[i]!.source);
}

/**
 * Adds a call, whose inputs are copied.
 * @param flush - runs the deferred calls: called when one of the outputs is asked for
 */
export function deferCall(
  {entry, stacks, calls}: DeferredCalls,
  leaves: readonly HostLeaf[],
  flush: () => void,
): Outputs {
  const call: DeferredCall = {};
  entry.trace.feeds.forEach(({leaf}, feed) => {
    const {data} = leaves[leaf]!.fed;
    stacks[feed]?.set(data, calls.length * data.length);
  });
  calls.push(call);
  return outputsOf(() => {
    if (!call.values && call.failure === undefined) flush();
    if (call.failure !== undefined) throw call.failure;
    return call.values!;
  });
}

/**
 * Runs the deferred calls: at once if there are `REPEATS` of them, else one after the other.
 * @param runOne - runs a single call
 * @throws what a run throws; each call's outputs throw it as well
 */
export function runDeferred(
  deferred: DeferredCalls,
  runOne: (execution: Execution) => ReadonlyMap<string, NdArray>,
): void {
  const {calls} = deferred;
  try {
    if (calls.length === REPEATS) runTogether(deferred);
    else runInTurn(deferred, runOne);
  } catch (failure) {
    for (const call of calls) call.failure = failure;
    throw failure;
  }
}

function runTogether(deferred: DeferredCalls): void {
  const stacked = deferred.entry.runRepeated!(
    feedsOf(deferred, (fed, stack) => ({...fed, shape: [REPEATS, ...fed.shape], data: stack})),
  );
  deferred.calls.forEach((call, i) => {
    call.values = new Map([...stacked].map(([name, value]) => [name, nthValue(value, i)]));
  });
}

function runInTurn(deferred: DeferredCalls, runOne: (execution: Execution) => ReadonlyMap<string, NdArray>): void {
  const {entry, calls} = deferred;
  calls.forEach((call, i) => {
    const feeds = feedsOf(deferred, (fed, stack) => ({...fed, data: nthOf(stack, fed.shape, i)}));
    call.values = runOne({entry, feeds});
  });
}

/** The feeds, but for sources made of what the first call was fed and of what all calls are. */
function feedsOf({entry, leaves, stacks}: DeferredCalls, make: (fed: Fed, stack: HostData) => Fed): FeedValue[] {
  return executionOf(entry, leaves).feeds.map((value, feed) => {
    const stack = stacks[feed];
    return stack ? make(value as Fed, stack) : value;
  });
}

function nthOf(stack: HostData, shape: readonly number[], call: number): HostData {
  const size = sizeOf(shape);
  return stack.slice(call * size, (call + 1) * size);
}

function nthValue({shape, dtype, data}: NdArray, call: number): NdArray {
  const own = shape.slice(1);
  return {shape: own, dtype, data: nthOf(data, own, call)};
}
