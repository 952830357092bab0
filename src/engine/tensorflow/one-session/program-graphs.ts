import type {NdArray} from '../../../contract/index.js';
import {unalignedCopy} from '../aligned.js';
import type {Binding, GraphFunctions, HostData} from '../binding.js';
import {dataTypes} from '../graph-def.js';
import type {ProgramGraphs} from '../runnable-entry.js';
import type {Form} from '../trace.js';
import {prepareEntry} from './entry.js';
import {sessionConfig} from './session-config.js';
import {createSources} from './sources.js';
import {addState, type StateSession} from './state.js';

/**
 * All entries of a program in one session over one set of variables. A graph can only grow: to let go of entries, the state moves on
 * to another session.
 */
export function graphsInOneSession(
  {binding, functions}: {binding: Binding; functions: GraphFunctions},
  forms: readonly Form[],
  initial: readonly NdArray[],
): ProgramGraphs {
  const sources = createSources(functions);
  const open = (): StateSession => addState(functions, functions.openSession(sessionConfig()), forms);
  const all = forms.map((_, i) => i);
  let current = open();
  let prefixes = 0;
  current.write(initial);
  return {
    prepare: (entry) =>
      prepareEntry(
        {
          binding,
          functions,
          session: current.session,
          sources,
          state: () => current.read(all).map((array) => ownTensor(binding, array)),
          newPrefix: () => `entry${prefixes++}/`,
        },
        entry,
      ),
    read: (variables) => current.read(variables),
    write: (values) => current.write(values),
    release() {
      const next = open();
      current.handTo(next);
      functions.closeSession(current.session);
      current = next;
    },
    dispose: () => functions.closeSession(current.session),
  };
}

function ownTensor(binding: Binding, {shape, dtype, data}: NdArray): number {
  return binding.createTensor(shape, dataTypes[dtype], unalignedCopy(data) as HostData);
}
