import {handleName} from '../assemble.js';
import type {Binding, TensorInfo} from '../binding.js';
import {attribute, dataTypes, type GraphNode} from '../graph-def.js';
import {usesOwnOperations} from '../own-operations.js';
import {REPEATS} from '../runnable-entry.js';
import type {Form, Trace} from '../trace.js';
import {repeatedGraph} from '../unrolled.js';
import {loadGraph} from './load-graph.js';

/** An entry's graph, ready to run, with variables of its own. */
export interface GraphSession {
  readonly trace: Trace;
  /** Runs the entry. @param inputs - ids of tensors for the trace's feeds. @returns its outputs, in the trace's order */
  run(inputs: readonly number[]): TensorInfo[];
  /** The same for `REPEATS` calls at once: inputs and outputs are stacked. Absent where the entry is not fit for it. */
  readonly runRepeated: ((inputs: readonly number[]) => TensorInfo[]) | undefined;
  /** Makes variables hold these tensors, without copying: their memory is shared until one side changes. */
  store(variables: readonly number[], ids: readonly number[]): void;
  /** The variables' values, without copying. */
  fetch(variables: readonly number[]): TensorInfo[];
  dispose(): void;
}

export interface SessionOptions {
  readonly trace: Trace;
  /** The state's leaves. */
  readonly forms: readonly Form[];
  /** Whether the session is to be able to run the entry `REPEATS` times at once. */
  readonly repeats: boolean;
}

/** Hands an entry's graph to TensorFlow. */
export function openSession(binding: Binding, {trace, forms, repeats}: SessionOptions): GraphSession {
  const transfers = trace.variables.flatMap((i) => transferNodes(i, forms[i]!));
  const nodes = [...trace.nodes, ...transfers];
  const opened: OpenedGraph = {binding, id: loadGraph(binding, nodes)};
  return {
    trace,
    runRepeated: repeats ? repeatedRunner(opened, trace, nodes) : undefined,
    run: runner(
      opened,
      trace.feeds.map(({node}) => node),
      trace.outputs.map(({node}) => node),
    ),
    store: (variables, ids) => store(opened, variables, ids),
    fetch: (variables) => fetch(opened, variables),
    dispose: () => binding.deleteSavedModel(opened.id),
  };
}

/** A graph that is open in TensorFlow. */
interface OpenedGraph {
  readonly binding: Binding;
  /** The session's. */
  id: number;
}

/** @returns a function from ids of tensors for the inputs to the outputs */
function runner(opened: OpenedGraph, inputs: readonly string[], outputs: readonly string[]): GraphSession['run'] {
  const {binding} = opened;
  const [inputNames, outputNames] = [joined(inputs), joined(outputs)];
  return (ids) => binding.runSavedModel(opened.id, ids, inputNames, outputNames);
}

/**
 * Runs the entry `REPEATS` times at once. A graph of that many calls takes long to load, and few programs get to it: it joins the
 * session's when it is first run.
 */
function repeatedRunner(opened: OpenedGraph, trace: Trace, nodes: readonly GraphNode[]): GraphSession['run'] {
  let run: GraphSession['run'] | undefined;
  const prepare = (): GraphSession['run'] => {
    const repeated = repeatedGraph(trace, REPEATS, usesOwnOperations(opened.binding));
    reopen(opened, trace.variables, [...nodes, ...repeated.nodes]);
    return runner(opened, repeated.feeds, repeated.outputs);
  };
  return (ids) => {
    run ??= prepare();
    return run(ids);
  };
}

/** Puts a larger graph in place of one that is open. The variables keep their values. */
function reopen(opened: OpenedGraph, variables: readonly number[], nodes: readonly GraphNode[]): void {
  const {binding} = opened;
  const values = fetch(opened, variables).map(({id}) => id);
  try {
    const id = loadGraph(binding, nodes);
    binding.deleteSavedModel(opened.id);
    opened.id = id;
    store(opened, variables, values);
  } finally {
    for (const value of values) binding.deleteTensor(value);
  }
}

function store({binding, id}: OpenedGraph, variables: readonly number[], values: readonly number[]): void {
  const [inputs, outputs] = [variables.map((i) => `store${i}`), variables.map((i) => `stored${i}`)].map(joined);
  for (const stored of binding.runSavedModel(id, values, inputs!, outputs!)) binding.deleteTensor(stored.id);
}

function fetch({binding, id}: OpenedGraph, variables: readonly number[]): TensorInfo[] {
  return binding.runSavedModel(id, [], '', joined(variables.map((i) => `fetch${i}`)));
}

function joined(nodes: readonly string[]): string {
  return nodes.map((node) => `${node}:0`).join(',');
}

/** Nodes that put a value into a variable and take it out. */
function transferNodes(variable: number, {shape, dtype}: Form): GraphNode[] {
  const type = attribute.type(dataTypes[dtype]);
  const [handle, store, assign] = [handleName(variable), `store${variable}`, `assign${variable}`];
  const nothing = attribute.tensor(dataTypes.bool, [], Uint8Array.of(1));
  return [
    {name: store, op: 'Placeholder', inputs: [], attributes: {dtype: type, shape: attribute.shape(shape)}},
    {name: assign, op: 'AssignVariableOp', inputs: [handle, store], attributes: {dtype: type}},
    {
      name: `stored${variable}`,
      op: 'Const',
      inputs: [`^${assign}`],
      attributes: {dtype: attribute.type(dataTypes.bool), value: nothing},
    },
    {name: `fetch${variable}`, op: 'ReadVariableOp', inputs: [handle], attributes: {dtype: type}},
  ];
}
