import type {Binding} from './binding.js';
import {comparisonWith} from './differences.js';
import {createGraphBuilder} from './graph-builder.js';
import type {GraphNode} from './graph-def.js';
import {type HostLeaf, inputForm, mayBeZeros} from './host-inputs.js';
import {executedResults} from './operation-results.js';
import {type Trace, type TracedEntry, type TraceOptions, traceEntry} from './trace.js';

/** An entry, and inputs of the form that it is to be recorded for. */
export interface EntryToRecord extends TracedEntry {
  readonly leaves: readonly HostLeaf[];
}

/** One of two calls of an entry, recorded. @param onAdd - gets each node when it is added */
export type RecordedCall = (onAdd: (node: GraphNode) => void) => {trace: Trace; all: readonly GraphNode[]};

/**
 * Records two calls of an entry, to find what differs between them.
 * @param second - the same as the first, or what gives the same more cheaply; its nodes are compared and forgotten
 * @throws UserError naming the operation, and the line, whose values, or whose presence, differ
 */
export function recordTwice(first: () => ReturnType<RecordedCall>, second: RecordedCall): Trace {
  const {trace, all} = first();
  const comparison = comparisonWith({all, nodes: trace.nodes});
  try {
    second(comparison.compare);
  } catch (failure) {
    // What has come of a difference tells less than the difference.
    throw comparison.difference() ?? failure;
  }
  comparison.requireSame();
  return trace;
}

/** Records a call into a graph of its own. */
export function recordCall(options: Omit<TraceOptions, 'builder'>, onAdd: (node: GraphNode) => void) {
  const builder = createGraphBuilder(onAdd);
  return {trace: traceEntry({...options, builder}), all: builder.nodes};
}

/** What executing an entry needs. */
export interface ExecutedEntry extends EntryToRecord {
  readonly binding: Binding;
  /** Gives ids of tensors with the state's values, which are disposed of. */
  readonly state: () => readonly number[];
}

/**
 * Records an entry whose operations are executed.
 * @throws UserError naming the operation and the line that a graph can't have
 */
export function recordExecuted(options: ExecutedEntry): Trace {
  try {
    return executedTwice(options, true);
  } catch (failure) {
    // What refuses zeros, as a division of integers does, may take the inputs' own values.
    if (options.leaves.some(mayBeZeros)) return executedTwice(options, false);
    throw failure;
  }
}

/**
 * One call of an entry, executed.
 * @param zeros - whether inputs may be zeros where only their form matters
 */
export function executedCall(
  {binding, state, leaves, ...entry}: ExecutedEntry,
  onAdd: Parameters<RecordedCall>[0],
  zeros = false,
): ReturnType<RecordedCall> {
  const inputForms = leaves.map((leaf) => inputForm(binding, leaf, zeros));
  return recordCall({...entry, inputForms, state: state(), results: executedResults(binding)}, onAdd);
}

function executedTwice(options: ExecutedEntry, zeros: boolean): Trace {
  const call: RecordedCall = (onAdd) => executedCall(options, onAdd, zeros);
  return recordTwice(() => call(() => {}), call);
}
