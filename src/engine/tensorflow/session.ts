import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {handleName} from './assemble.js';
import type {Binding, TensorInfo} from './binding.js';
import {attribute, dataTypes, type GraphNode, SAVED_MODEL_TAG, savedModelMessage} from './graph-def.js';
import {hasOwnOperations} from './own-operations.js';
import type {Form, Trace} from './trace.js';
import {repeatedGraph} from './unrolled.js';

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

/** Calls that a session runs at once, where it runs several. */
export const REPEATS = 8;

export interface SessionOptions {
  readonly trace: Trace;
  /** The state's leaves. */
  readonly forms: readonly Form[];
  /** Whether the graph is to have the entry `REPEATS` times over as well. */
  readonly repeats: boolean;
}

/** Hands a graph to TensorFlow, which wants it as a file of a folder. */
export function openSession(binding: Binding, {trace, forms, repeats}: SessionOptions): GraphSession {
  const repeated = repeats ? repeatedGraph(trace, REPEATS, hasOwnOperations(binding)) : undefined;
  const transfers = trace.variables.flatMap((i) => transferNodes(i, forms[i]!));
  const nodes = [...trace.nodes, ...transfers, ...(repeated?.nodes ?? [])];
  const folder = mkdtempSync(join(tmpdir(), 'algoperf-ts-graph-'));
  let session: number;
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModelMessage(nodes));
    session = givingBack(binding, () => binding.loadSavedModel(folder, SAVED_MODEL_TAG));
  } finally {
    rmSync(folder, {recursive: true});
  }
  const running = (inputNames: string, outputNames: string): GraphSession['run'] => {
    let isFirst = true;
    return (inputs) => {
      const run = (): TensorInfo[] => binding.runSavedModel(session, inputs, inputNames, outputNames);
      if (!isFirst) return run();
      isFirst = false;
      return givingBack(binding, run);
    };
  };
  const inputNames = joined(trace.feeds.map(({node}) => node));
  const outputNames = joined(trace.outputs.map(({node}) => node));
  const [repeatedInputs, repeatedOutputs] = [joined(repeated?.feeds ?? []), joined(repeated?.outputs ?? [])];
  return {
    trace,
    runRepeated: repeated && running(repeatedInputs, repeatedOutputs),
    run: running(inputNames, outputNames),
    store(variables, ids) {
      const names = [variables.map((i) => `store${i}`), variables.map((i) => `stored${i}`)].map(joined);
      for (const {id} of binding.runSavedModel(session, ids, names[0]!, names[1]!)) binding.deleteTensor(id);
    },
    fetch: (variables) => binding.runSavedModel(session, [], '', joined(variables.map((i) => `fetch${i}`))),
    dispose: () => binding.deleteSavedModel(session),
  };
}

/**
 * Does what happens once for a graph: loading it, and its first run, when TensorFlow rewrites it. Much of the libraries' code runs then;
 * its memory is given back meanwhile and afterwards.
 */
function givingBack<T>(binding: Binding, run: () => T): T {
  if (!hasOwnOperations(binding)) return run();
  binding.executeOp('BeginGivingBack', [], [], 0);
  try {
    return run();
  } finally {
    binding.executeOp('EndGivingBack', [], [], 0);
  }
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
