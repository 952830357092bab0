import {type NdArray, type Outputs, sizeOf, zerosLike} from '../../contract/index.js';
import {outputsOf} from '../outputs.js';
import type {HostData} from './binding.js';
import {type Execution, execute, executionOf, type Runtime} from './execute.js';
import type {HostLeaf} from './host-inputs.js';
import {type GraphSession, REPEATS} from './session.js';
import type {Trace} from './trace.js';

/** Inputs of more bytes are not copied: what is fed without a copy is fed at once. */
const MOST_COPIED_BYTES = 65_536;

/** Whether calls of an entry may be deferred, as far as its inputs tell. */
export function canDefer({feeds, changed}: Trace, leaves: readonly HostLeaf[]): boolean {
  const bytes = feeds.map(({leaf, isSource}) => (isSource ? 0 : leaves[leaf]!.fed.data.byteLength));
  return changed.length > 0 && bytes.reduce((sum, each) => sum + each, 0) <= MOST_COPIED_BYTES;
}

/** The inputs of `REPEATS` calls by feed, one after the other; undefined for a source. */
export type InputStacks = readonly (HostData | undefined)[];

/** Memory for the inputs of deferred calls: it can be used again once they have run, which leaves copies of their outputs. */
export function createInputStacks(session: GraphSession, leaves: readonly HostLeaf[]): InputStacks {
  const {feeds} = executionOf(session, leaves);
  return feeds.map((fed) => fed && zerosLike(fed.data, REPEATS * fed.data.length));
}

/** What became of a deferred call; empty until it has run. */
interface DeferredCall {
  values?: ReadonlyMap<string, NdArray>;
  failure?: unknown;
}

/** Calls of one session on the same sources that have not run yet. */
export interface DeferredCalls {
  readonly session: GraphSession;
  /** The inputs of the first call: the sources of all of them, and the forms. */
  readonly leaves: readonly HostLeaf[];
  readonly stacks: InputStacks;
  readonly calls: DeferredCall[];
}

/** Whether a call can be run together with those that are deferred. */
export function canJoin(deferred: DeferredCalls, session: GraphSession, leaves: readonly HostLeaf[]): boolean {
  return deferred.session === session && deferred.leaves.every(({source}, i) => source === leaves[i]!.source);
}

/**
 * Adds a call, whose inputs are copied.
 * @param flush - runs the deferred calls: called when one of the outputs is asked for
 */
export function deferCall(
  {session, stacks, calls}: DeferredCalls,
  leaves: readonly HostLeaf[],
  flush: () => void,
): Outputs {
  const call: DeferredCall = {};
  session.trace.feeds.forEach(({leaf}, feed) => {
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
  runtime: Runtime,
  deferred: DeferredCalls,
  runOne: (execution: Execution) => ReadonlyMap<string, NdArray>,
): void {
  const {calls} = deferred;
  try {
    if (calls.length === REPEATS) runTogether(runtime, deferred);
    else runInTurn(deferred, runOne);
  } catch (failure) {
    for (const call of calls) call.failure = failure;
    throw failure;
  }
}

function runTogether(runtime: Runtime, {session, leaves, stacks, calls}: DeferredCalls): void {
  const feeds = executionOf(session, leaves).feeds.map(
    (fed, feed) => fed && {...fed, shape: [REPEATS, ...fed.shape], data: stacks[feed]!},
  );
  const stacked = execute(runtime, {session, leaves, feeds}, session.runRepeated!);
  calls.forEach((call, i) => {
    call.values = new Map([...stacked].map(([name, value]) => [name, nthValue(value, i)]));
  });
}

function runInTurn(
  {session, leaves, stacks, calls}: DeferredCalls,
  runOne: (execution: Execution) => ReadonlyMap<string, NdArray>,
): void {
  const forms = executionOf(session, leaves).feeds;
  calls.forEach((call, i) => {
    const feeds = forms.map((form, feed) => form && {...form, data: nthOf(stacks[feed]!, form.shape, i)});
    call.values = runOne({session, leaves, feeds});
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
