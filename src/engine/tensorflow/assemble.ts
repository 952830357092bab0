import {type Fusable, fuseElementwise} from './fuse-elementwise.js';
import {addFusedAdam, fusable, inputsOf, type RecordedAdam} from './fused-adam.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes, type GraphNode, nodeOf, reachable} from './graph-def.js';
import type {GraphValue} from './graph-recorder.js';
import type {TensorForm} from './operation-results.js';

/** What a recorded call of an entry gave. */
export interface RecordedResult extends Fusable {
  /** What each variable becomes, by number; its own old value where it stays. */
  readonly next: readonly GraphValue[];
  readonly outputs: readonly {readonly name: string; readonly value: GraphValue}[];
  readonly adams: readonly RecordedAdam[];
}

/** An output of an entry. */
export interface GraphOutput extends TensorForm {
  readonly name: string;
  readonly node: string;
}

export interface EntryGraph {
  /** What the entry needs, and nothing else. */
  readonly nodes: readonly GraphNode[];
  /** What to fetch; an entry that gives nothing has one of an empty name, whose node ends it. */
  readonly outputs: readonly GraphOutput[];
  /** The numbers of the variables that the graph has, rising. */
  readonly variables: readonly number[];
  /** The numbers of those that it changes. */
  readonly changed: readonly number[];
}

/** The name of a variable's handle. */
export const handleName = (variable: number): string => `variable${variable}`;
/** The name of the node that reads a variable before the entry changes it. */
export const readName = (variable: number): string => `read${variable}`;

/** The name of the placeholder of an input, by its number among the leaves. */
export const inputName = (input: number): string => `input${input}`;
/** The name of the placeholder of the array that an input is rows of. */
export const sourceName = (input: number): string => `source${input}`;

/** Adds to the operations of a call what writes its results: variables change after all that read them has done so. */
export function assembleEntry(graph: GraphBuilder, recorded: RecordedResult): EntryGraph {
  const {next, outputs, adams} = recorded;
  const handles = next.map((_, i) => handleName(i));
  const changed = next.flatMap(({variable}, i) => (variable === i ? [] : [i]));
  const fused = adams.map((update) => fusable(update, next)).filter((update) => update !== undefined);
  const done = new Set(fused.flatMap(({variables}) => Object.values(variables)));
  const assigned = changed.filter((i) => !done.has(i));
  const taken = [
    ...outputs.map(({value}) => value.ref),
    ...assigned.map((i) => next[i]!.ref),
    ...fused.flatMap(inputsOf),
  ];
  const fusedRef = fuseElementwise(graph, taken, recorded);
  const now = <V extends GraphValue | undefined>(value: V): V => value && {...value, ref: fusedRef(value.ref)};
  const names = new Set(reachable(graph.nodes, taken).map(({name}) => name));
  const readsOf = (...variables: number[]): string[] =>
    variables
      .map(readName)
      .filter((name) => names.has(name))
      .map((name) => `^${name}`);
  const ends = [
    ...fused.map((update) => {
      const inputs = {gradient: now(update.gradient), scale: now(update.scale), eps: now(update.eps)};
      const moved = {...update, ...inputs, decayFactor: now(update.decayFactor)};
      return addFusedAdam(graph, moved, handles, readsOf(...Object.values(update.variables)));
    }),
    ...assigned.map((i) => addAssignment(graph, handles[i]!, now(next[i]!), readsOf(i))),
  ];
  const given = outputs.map(({name, value}) => ({name, value: now(value)}));
  const fetched = addOutputs(graph, given, ends);
  const nodes = reachable(
    graph.nodes,
    fetched.map(({node}) => node),
  );
  const present = new Set(nodes.map(({name}) => name));
  const variables = handles.flatMap((handle, i) => (present.has(handle) ? [i] : []));
  return {nodes, outputs: fetched, variables, changed};
}

function addAssignment(graph: GraphBuilder, handle: string, value: GraphValue, after: readonly string[]): string {
  const type = attribute.type(value.dtype);
  // Without a copy the variable would be the caller's batch, which is overwritten by the next one.
  const owned = value.sharesInput ? graph.add('DeepCopy', [value.ref], {T: type}) : value.ref;
  return graph.add('AssignVariableOp', [handle, owned, ...after], {dtype: type});
}

/** The first output waits for all ends, so that fetching it runs everything. */
function addOutputs(
  graph: GraphBuilder,
  outputs: RecordedResult['outputs'],
  ends: readonly string[],
): EntryGraph['outputs'] {
  const after = ends.map((end) => `^${nodeOf(end)}`);
  if (outputs.length === 0) {
    const nothing = attribute.tensor(dataTypes.bool, [], Uint8Array.of(1));
    const node = graph.add('Const', after, {dtype: attribute.type(dataTypes.bool), value: nothing}, 'done');
    return [{name: '', node, dtype: dataTypes.bool, shape: []}];
  }
  return outputs.map(({name, value}, i) => {
    const inputs = [value.ref, ...(i === 0 ? after : [])];
    const {dtype, shape} = value;
    return {name, node: graph.add('Identity', inputs, {T: attribute.type(dtype)}, `output${i}`), dtype, shape};
  });
}
