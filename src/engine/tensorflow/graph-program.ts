import {
  type Entry,
  formOf,
  type HostInputs,
  leavesOf,
  mapTree,
  type NdArray,
  type Program,
  type TrainState,
  type Tree,
  zipTrees,
} from '../../contract/index.js';
import {tensorflowBackend} from './binding.js';
import {type Calls, createCalls} from './calls.js';
import {canDefer} from './deferred-calls.js';
import {type HostLeaf, hostLeaves, keyOf, withFoldedKeys} from './host-inputs.js';
import {type RecordOptions, recordEntry} from './record.js';
import {type GraphSession, openSession} from './session.js';
import type {Form} from './trace.js';
import {createVariables} from './variables.js';

/**
 * A program whose entries run as TensorFlow graphs, one call a step. An entry is recorded when it is first run with inputs of
 * these shapes (it is called twice for that, to find what differs between calls); other shapes make another graph.
 * @param initial - copied
 */
export function compileGraph(initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}): Program {
  const {binding} = tensorflowBackend();
  const {template, values} = leavesByNumber(initial);
  const forms = values.map(({shape, dtype}) => ({shape: [...shape], dtype}));
  const variables = createVariables(binding, forms, values);
  const calls = createCalls(binding, variables);
  const sessions = createSessions({entries, template, forms, binding, variables, calls});
  return {
    run(name, inputs) {
      const leaves = hostLeaves(inputs);
      const session = sessions.sessionFor(name, inputs, leaves);
      return calls.run(session, withFoldedKeys(leaves, session.trace.foldedKeys));
    },
    flush: calls.flush,
    read() {
      calls.flush();
      const current = variables.read();
      return mapTree<number, NdArray>(template, (i) => current[i]!) as unknown as TrainState<NdArray>;
    },
    write(state) {
      const next = valuesOf(template, forms, state);
      calls.flush();
      variables.write(next);
    },
    dispose() {
      calls.dispose();
      variables.dispose();
      sessions.dispose();
    },
  };
}

/** The leaves of a state, and its structure with their numbers in their place. */
function leavesByNumber(state: TrainState<NdArray>): {template: Tree<number>; values: NdArray[]} {
  const tree = state as unknown as Tree<NdArray>;
  let number = 0;
  return {template: mapTree<NdArray, number>(tree, () => number++), values: leavesOf(tree).map(({value}) => value)};
}

interface SessionsOptions extends Pick<RecordOptions, 'template' | 'forms' | 'binding' | 'variables'> {
  readonly entries: {readonly [name: string]: Entry};
  readonly calls: Calls;
}

/** The sessions of a program: one for each entry and form of its inputs, opened when it is first asked for. */
interface Sessions {
  sessionFor(name: string, inputs: HostInputs, leaves: readonly HostLeaf[]): GraphSession;
  dispose(): void;
}

function createSessions({entries, calls, ...options}: SessionsOptions): Sessions {
  const {binding, forms} = options;
  const sessions = new Map<string, GraphSession>();
  return {
    sessionFor(name, inputs, leaves) {
      const key = keyOf(name, leaves);
      const known = sessions.get(key);
      if (known) return known;
      const entry = entries[name];
      if (!entry) throw new Error(`there is no entry '${name}', only ${Object.keys(entries).join(', ')}`);
      calls.flush();
      const trace = recordEntry({...options, entry, name, inputs, leaves});
      const session = openSession(binding, {
        trace,
        forms,
        repeats: canDefer(trace, withFoldedKeys(leaves, trace.foldedKeys)),
      });
      sessions.set(key, session);
      return session;
    },
    dispose() {
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
    },
  };
}

function valuesOf(template: Tree<number>, forms: readonly Form[], state: TrainState<NdArray>): NdArray[] {
  const values: NdArray[] = [];
  zipTrees(template, state as unknown as Tree<NdArray>, (i: number, array: NdArray, path) => {
    if (formOf(array) !== formOf(forms[i]!)) throw new Error(`'${path}' is ${formOf(forms[i]!)}, got ${formOf(array)}`);
    values[i] = array;
  });
  return values;
}
