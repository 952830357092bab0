import type {ExampleField, NdArray} from '../../../contract/index.js';
import {type Binding, dtypeOf, type TensorInfo} from '../binding.js';
import {createTensor, type Fed} from '../host-inputs.js';
import type {RunEntry} from '../runnable-entry.js';
import type {Trace} from '../trace.js';
import type {GraphSession} from './session.js';
import type {Sources} from './sources.js';
import type {Variables} from './variables.js';

/** What the runs of a program's sessions share. */
export interface Runtime {
  readonly binding: Binding;
  readonly variables: Variables;
  readonly sources: Sources;
}

/**
 * A function of a session as one that runs on the state's current values, which are those that it leaves afterwards.
 * @param run - the session's function to call
 */
export function executing(
  {binding, variables, sources}: Runtime,
  session: GraphSession,
  run: GraphSession['run'],
): RunEntry {
  const {feeds} = session.trace;
  return (values) => {
    variables.provide(session);
    const ids = values.map((value, i) =>
      feeds[i]!.isSource ? sources.idOf(value as ExampleField) : createTensor(binding, value as Fed),
    );
    try {
      const results = run(ids);
      variables.wereChangedBy(session);
      return readOutputs(binding, session.trace, results);
    } finally {
      ids.forEach((id, i) => {
        if (!feeds[i]!.isSource) binding.deleteTensor(id);
      });
    }
  };
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
