import type {NdArray} from '../../contract/index.js';
import {type Binding, dtypeOf, type TensorInfo} from './binding.js';
import {createTensor, type Fed, type HostLeaf} from './host-inputs.js';
import type {GraphSession} from './session.js';
import type {Sources} from './sources.js';
import type {Trace} from './trace.js';
import type {Variables} from './variables.js';

/** What the runs of a program's sessions share. */
export interface Runtime {
  readonly binding: Binding;
  readonly variables: Variables;
  readonly sources: Sources;
}

/** A session with what it is to run on. */
export interface Execution {
  readonly session: GraphSession;
  readonly leaves: readonly HostLeaf[];
  /** The values of the trace's feeds, in its order; undefined for a source, which is fed as it is. */
  readonly feeds: readonly (Fed | undefined)[];
}

/** One call of a session, fed from its leaves. */
export function executionOf(session: GraphSession, leaves: readonly HostLeaf[]): Execution {
  return {
    session,
    leaves,
    feeds: session.trace.feeds.map(({leaf, isSource}) => (isSource ? undefined : leaves[leaf]!.fed)),
  };
}

/**
 * Runs a session with the state's current values, which are those that it leaves afterwards.
 * @param run - the session's function to call
 * @returns the outputs by name, copied
 */
export function execute(
  runtime: Runtime,
  {session, leaves, feeds}: Execution,
  run: GraphSession['run'],
): ReadonlyMap<string, NdArray> {
  const {binding, variables, sources} = runtime;
  variables.provide(session);
  const ids = session.trace.feeds.map(({leaf}, i) => {
    const fed = feeds[i];
    return fed ? createTensor(binding, fed) : sources.idOf(leaves[leaf]!.source!);
  });
  try {
    const results = run(ids);
    variables.wereChangedBy(session);
    return readOutputs(binding, session.trace, results);
  } finally {
    ids.forEach((id, i) => {
      if (feeds[i]) binding.deleteTensor(id);
    });
  }
}

/** Copies what was fetched, at once: an output may share the memory of an input, which the caller keeps using. */
function readOutputs(binding: Binding, {outputs}: Trace, results: readonly TensorInfo[]): ReadonlyMap<string, NdArray> {
  const values = new Map<string, NdArray>();
  results.forEach(({id, shape, dtype}, i) => {
    const {name} = outputs[i]!;
    // What was fetched only because something has to be has no name.
    if (name !== '') values.set(name, {shape, dtype: dtypeOf(dtype), data: binding.tensorDataSync(id)});
    binding.deleteTensor(id);
  });
  return values;
}
