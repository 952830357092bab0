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
import {canDefer, createCalls} from './calls.js';
import type {GraphNode} from './graph-def.js';
import {type HostLeaf, hostLeaves, inputForm, keyOf, mayBeZeros} from './host-inputs.js';
import {refusal} from './recorder.js';
import {type GraphSession, openSession} from './session.js';
import {type Form, type Trace, traceEntry} from './trace.js';
import {createVariables} from './variables.js';

/**
 * A program whose entries run as TensorFlow graphs, one call a step. An entry is recorded when it is first run with inputs of
 * these shapes (it is called twice for that, to find what differs between calls); other shapes make another graph.
 * @param initial - copied
 */
export function compileGraph(initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}): Program {
  const {binding} = tensorflowBackend();
  const given = leavesOf(initial as unknown as Tree<NdArray>);
  const forms = given.map(({value: {shape, dtype}}) => ({shape: [...shape], dtype}));
  let number = 0;
  const template = mapTree<NdArray, number>(initial as unknown as Tree<NdArray>, () => number++);
  const variables = createVariables(
    binding,
    forms,
    given.map(({value}) => value),
  );
  const sessions = new Map<string, GraphSession>();
  const calls = createCalls(binding, variables);

  function sessionFor(key: string, name: string, inputs: HostInputs, leaves: readonly HostLeaf[]): GraphSession {
    const known = sessions.get(key);
    if (known) return known;
    const entry = entries[name];
    if (!entry) throw new Error(`there is no entry '${name}', only ${Object.keys(entries).join(', ')}`);
    calls.flush();
    const record = (zeros: boolean): Trace => {
      const inputForms = leaves.map((leaf) => inputForm(binding, leaf, zeros));
      return traceEntry({entry, name, template, forms, state: variables.tensors(), inputs, inputForms});
    };
    const recordTwice = (zeros: boolean): Trace => {
      const first = record(zeros);
      requireSame(first, record(zeros));
      return first;
    };
    const recorded = (): Trace => {
      try {
        return recordTwice(true);
      } catch (failure) {
        // What refuses zeros, as a division of integers does, may take the values that there are.
        if (leaves.some(mayBeZeros)) return recordTwice(false);
        throw failure;
      }
    };
    const trace = recorded();
    const session = openSession(binding, {trace, forms, repeats: canDefer(trace, leaves)});
    sessions.set(key, session);
    return session;
  }

  return {
    run(name, inputs) {
      const leaves = hostLeaves(inputs);
      return calls.run(sessionFor(keyOf(name, leaves), name, inputs, leaves), leaves);
    },
    flush: calls.flush,
    read() {
      calls.flush();
      const values = variables.read();
      return mapTree<number, NdArray>(template, (i) => values[i]!) as unknown as TrainState<NdArray>;
    },
    write(state) {
      const values = valuesOf(template, forms, state);
      calls.flush();
      variables.write(values);
    },
    dispose() {
      calls.dispose();
      variables.dispose();
      for (const session of sessions.values()) session.dispose();
      sessions.clear();
    },
  };
}

/** @throws UserError naming the operation whose values, or whose presence, differ between two calls */
function requireSame(first: Trace, second: Trace): void {
  const [nodes, others] = [first.nodes, second.nodes];
  const at = nodes.findIndex((node, i) => !others[i] || !isSame(node, others[i]));
  if (at < 0 && nodes.length === others.length) return;
  const [node, {builder}] = at < 0 ? [others[nodes.length]!, second] : [nodes[at]!, first];
  const user = nodes.find(({inputs}) => inputs.includes(node.name));
  const isValue = node.op === 'Const' && user !== undefined && others[at]?.op === 'Const';
  throw refusal(
    `${isValue ? `${user.op} takes numbers that differ` : `the operations (${node.op}) differ`} between two calls with the same inputs; a graph would repeat the first for ever. Give what changes from step to step as an input, and random numbers a key (\`keyedUniform\`).`,
    builder.origin(isValue ? user.name : node.name),
  );
}

function isSame(a: GraphNode, b: GraphNode): boolean {
  const names = Object.keys(a.attributes);
  return (
    a.name === b.name &&
    a.inputs.join() === b.inputs.join() &&
    names.join() === Object.keys(b.attributes).join() &&
    names.every((name) => a.attributes[name]!.equals(b.attributes[name]!))
  );
}

function valuesOf(template: Tree<number>, forms: readonly Form[], state: TrainState<NdArray>): NdArray[] {
  const values: NdArray[] = [];
  zipTrees(template, state as unknown as Tree<NdArray>, (i: number, array: NdArray, path) => {
    if (formOf(array) !== formOf(forms[i]!)) throw new Error(`'${path}' is ${formOf(forms[i]!)}, got ${formOf(array)}`);
    values[i] = array;
  });
  return values;
}
