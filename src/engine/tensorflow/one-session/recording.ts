import {type HostInput, type HostInputs, mapTree} from '../../../contract/index.js';
import type {Binding, GraphFunctions} from '../binding.js';
import {
  type EntryToRecord,
  executedCall,
  type RecordedCall,
  recordCall,
  recordExecuted,
  recordTwice,
} from '../record.js';
import type {Trace} from '../trace.js';
import {idWithoutValues} from '../without-values.js';
import {atNode, type Replay} from './failure.js';
import {type GraphPart, growGraph, UnknownForm} from './growing-graph.js';

/** What entries are recorded into. */
export interface RecordingSession {
  readonly binding: Binding;
  readonly functions: GraphFunctions;
  readonly session: object;
  /** Gives ids of tensors with the state's values. */
  readonly state: () => readonly number[];
  /** A prefix that no node's name in the session begins with. */
  readonly newPrefix: () => string;
}

/** An entry that is a part of the session's graph. */
export interface Recorded {
  readonly trace: Trace;
  readonly part: GraphPart;
  readonly replay: Replay;
}

/**
 * Records an entry into the session's graph. Its operations are not executed, unless TensorFlow can't infer the forms of what they
 * give.
 */
export function recordInto(into: RecordingSession, entry: EntryToRecord): Recorded {
  const part = growGraph(into.functions, into.session, into.newPrefix());
  const call = callsWithoutValues(entry);
  const second: RecordedCall = (onAdd) => call(part.knownResults, onAdd);
  try {
    const trace = recordTwice(() => call(part.results, part.add), second);
    return {trace, part, replay: second};
  } catch (failure) {
    if (failure instanceof UnknownForm) return recordByExecuting(into, entry);
    throw failure;
  }
}

/** What was recorded before it was clear that values are needed stays in the graph, and is never run. */
function recordByExecuting(into: RecordingSession, entry: EntryToRecord): Recorded {
  const {binding, functions, session, state, newPrefix} = into;
  const part = growGraph(functions, session, newPrefix());
  const executed = {...entry, binding, state};
  const trace = recordExecuted(executed);
  try {
    part.addAll(trace.nodes);
  } catch (failure) {
    if (!(failure instanceof UnknownForm)) throw failure;
    throw atNode(failure.node, failure.message, (onAdd) => executedCall(executed, onAdd)) ?? failure;
  }
  return {trace, part, replay: () => {}};
}

/** Recordings of an entry's calls that keep neither values nor inputs. */
function callsWithoutValues({leaves, inputs, ...entry}: EntryToRecord) {
  const kept = {...entry, inputs: mapTree<HostInput, number>(inputs, () => 0) as HostInputs};
  const forms = leaves.map(({shape, dtype, source}) => ({shape, dtype, source}));
  return (results: GraphPart['results'], onAdd: Parameters<RecordedCall>[0]) =>
    recordCall(
      {
        ...kept,
        results,
        state: entry.forms.map(idWithoutValues),
        inputForms: forms.map((form) => ({...form, id: idWithoutValues()})),
      },
      onAdd,
    );
}
