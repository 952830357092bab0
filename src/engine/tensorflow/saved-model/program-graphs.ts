import type {NdArray} from '../../../contract/index.js';
import type {Binding} from '../binding.js';
import {canDefer} from '../deferred-calls.js';
import {withFoldedKeys} from '../host-inputs.js';
import {recordExecuted} from '../record.js';
import type {ProgramGraphs} from '../runnable-entry.js';
import type {Form} from '../trace.js';
import {executing, type Runtime} from './execute.js';
import {type GraphSession, openSession} from './session.js';
import {createSources} from './sources.js';
import {createVariables} from './variables.js';

/** Each entry of a program in a session of its own, as an addon that came with an npm package can have them. */
export function graphsAsSavedModels(
  binding: Binding,
  forms: readonly Form[],
  initial: readonly NdArray[],
): ProgramGraphs {
  const variables = createVariables(binding, forms, initial);
  const runtime: Runtime = {binding, variables, sources: createSources(binding)};
  const sessions = new Set<GraphSession>();

  function disposeSessions(): void {
    for (const session of sessions) session.dispose();
    sessions.clear();
  }

  return {
    prepare(entry) {
      const trace = recordExecuted({...entry, binding, state: variables.tensors});
      const repeats = canDefer(trace, withFoldedKeys(entry.leaves, trace.foldedKeys), entry.forms);
      const session = openSession(binding, {trace, forms, repeats});
      sessions.add(session);
      const {runRepeated} = session;
      return {
        trace,
        run: executing(runtime, session, session.run),
        runRepeated: runRepeated && executing(runtime, session, runRepeated),
      };
    },
    read: variables.read,
    write: variables.write,
    release() {
      variables.leaveSessions();
      disposeSessions();
    },
    dispose() {
      runtime.sources.dispose();
      variables.dispose();
      disposeSessions();
    },
  };
}
