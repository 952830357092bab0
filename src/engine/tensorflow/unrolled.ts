import {attribute, dataTypes, type GraphNode, nodeOf} from './graph-def.js';
import type {Trace} from './trace.js';

/** A graph that runs an entry several times over. */
export interface RepeatedGraph {
  /** To stand beside the entry's own nodes: variables, constants and sources are shared. */
  readonly nodes: readonly GraphNode[];
  /** Placeholders in the order of the trace's feeds; but for sources they take the values of all calls, stacked. */
  readonly feeds: readonly string[];
  /** In the order of the trace's outputs: those of all calls, stacked. */
  readonly outputs: readonly string[];
}

/** What a copied node is not to be: it has no work to do, and no place in the order of the calls. */
const SHARED = new Set(['VarHandleOp', 'Const', 'Placeholder']);

/**
 * The entry `count` times one after the other, as one graph. What a call makes of a variable is handed to the next one as it is,
 * and only the last one writes it: an operation may overwrite what it is given, if nothing else needs it. Where a variable is changed
 * in place, or there is no operation to hand on, all are written and read each time: whatever fails, they are of one call. In the
 * same order, the same kernels give the same bits as so many calls.
 * @param hasOwn - whether operations may be the addon's
 */
export function repeatedGraph({nodes, feeds, outputs}: Trace, count: number, hasOwn: boolean): RepeatedGraph {
  const stacked = feeds.filter(({isSource}) => !isSource).map(({node}) => nodes.find(({name}) => name === node)!);
  const copying: Copying = {
    count,
    shared: new Set(nodes.filter(isShared).map(({name}) => name)),
    inputs: new Set(stacked.map(({name}) => name)),
    handles: new Set(nodes.filter(({op}) => op === 'VarHandleOp').map(({name}) => name)),
    handedOn: (hasOwn ? handedOn(nodes) : undefined) ?? {reads: new Map(), writes: new Map()},
    last: outputs[0]!.node,
  };
  const copies = Array.from({length: count}, (_, call) =>
    nodes.filter((node) => isCopied(node, call, copying)).map((node) => copyOf(node, call, copying)),
  );
  const handed = Array.from({length: count - 1}, (_, call) => handing(nodes, call, copying));
  return {
    nodes: [
      ...stacked.flatMap((node) => unstacked(node, count)),
      ...copies.flat(),
      ...handed.flat(),
      ...packed(outputs, nodes, count),
    ],
    feeds: feeds.map(({node, isSource}) => (isSource ? node : stackedName(node))),
    outputs: outputs.map(({node}) => stackedName(node)),
  };
}

/** A constant that waits for something is the end of an entry without outputs. */
function isShared({op, inputs}: GraphNode): boolean {
  return SHARED.has(op) && inputs.length === 0;
}

const renamed = (name: string, call: number): string => `${name}_call${call}`;
const stackedName = (name: string): string => `${name}_stacked`;
const unstackedName = (name: string): string => `${name}_each`;
const handedName = (call: number): string => `handed_call${call}`;

/** The nodes of variables whose values are handed from call to call. */
interface HandedOn {
  /** Which of the values they read, by their names. */
  readonly reads: ReadonlyMap<string, number>;
  /** What they write, by their names, in the order of the values. */
  readonly writes: ReadonlyMap<string, string>;
}

interface Copying {
  readonly count: number;
  readonly shared: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
  readonly handles: ReadonlySet<string>;
  readonly handedOn: HandedOn;
  /** The node that ends a call. */
  readonly last: string;
}

/** @returns undefined if a variable is not just read, and then assigned to */
function handedOn(nodes: readonly GraphNode[]): HandedOn | undefined {
  const [reads, writes] = [new Map<string, number>(), new Map<string, string>()];
  for (const handle of nodes.filter(({op}) => op === 'VarHandleOp')) {
    const users = nodes.filter(({inputs}) => inputs.includes(handle.name));
    const readers = users.filter(({op}) => op === 'ReadVariableOp');
    const [write, ...others] = users.filter((user) => !readers.includes(user));
    if (!write) continue;
    if (write.op !== 'AssignVariableOp' || others.length > 0) return undefined;
    for (const {name} of readers) reads.set(name, writes.size);
    writes.set(write.name, write.inputs[1]!);
  }
  return {reads, writes};
}

function isCopied({name}: GraphNode, call: number, {count, shared, handedOn}: Copying): boolean {
  if (shared.has(name)) return false;
  return handedOn.writes.has(name) ? call === count - 1 : call === 0 || !handedOn.reads.has(name);
}

/** The input of a node as the node's copy for a call has it. */
function inputOf(input: string, call: number, copying: Copying): string {
  const {count, shared, inputs, handedOn} = copying;
  const name = nodeOf(input);
  const read = call > 0 ? handedOn.reads.get(name) : undefined;
  if (read !== undefined) return input.startsWith('^') ? `^${handedName(call - 1)}` : `${handedName(call - 1)}:${read}`;
  const isWritten = handedOn.writes.has(name) && call < count - 1;
  if (isWritten) return `^${handedName(call)}`;
  if (inputs.has(name)) return `${unstackedName(name)}:${call}`;
  return shared.has(name) ? input : input.replace(name, renamed(name, call));
}

/** What hands on the values that a call gives to its variables, if there are such. */
function handing(nodes: readonly GraphNode[], call: number, copying: Copying): GraphNode[] {
  const {reads, writes} = copying.handedOn;
  if (writes.size === 0) return [];
  const types = [...writes.keys()].map((write) => nodes.find(({name}) => name === write)!.attributes.dtype!);
  const values = [...writes.values()].map((value) => inputOf(value, call, copying));
  const readers = new Map([...reads].map(([read, value]) => [value, renamed(read, 0)]));
  const like = values.map((value, i) => readers.get(i) ?? value);
  return [{name: handedName(call), op: 'HandOn', inputs: [...values, ...like], attributes: {T: attribute.list(types)}}];
}

function copyOf(node: GraphNode, call: number, copying: Copying): GraphNode {
  const {shared, handles, handedOn, last} = copying;
  const endOf = (earlier: number): string[] => (earlier < 0 ? [] : [`^${renamed(last, earlier)}`]);
  const touchesVariable = node.inputs.some((input) => handles.has(input));
  // What depends on inputs alone, such as picking a batch's rows, may run one call ahead, beside what keeps one core busy.
  const isFirst = node.inputs.every((input) => shared.has(nodeOf(input)));
  const waits = touchesVariable ? endOf(call - 1) : isFirst ? endOf(call - 2) : [];
  // A variable is written when all have read it, which only the first call does.
  const readers = node.inputs.filter((input) => handedOn.writes.has(node.name) && handedOn.reads.has(nodeOf(input)));
  const all = [
    ...node.inputs.map((input) => inputOf(input, call, copying)),
    ...readers.map((input) => `^${renamed(nodeOf(input), 0)}`),
    ...waits,
  ];
  return {...node, name: renamed(node.name, call), inputs: withoutRepeatedWaits(all)};
}

function withoutRepeatedWaits(inputs: readonly string[]): string[] {
  const [taken, waits] = [false, true].map((waits) => inputs.filter((input) => input.startsWith('^') === waits));
  return [...taken!, ...new Set(waits)];
}

/** A placeholder for the values of all calls, and the values of each. */
function unstacked({name, attributes}: GraphNode, count: number): GraphNode[] {
  const type = {T: attributes.dtype!, num: attribute.int(count), axis: attribute.int(0)};
  // Two messages of one field are taken together: the dimensions of the second follow those of the first. Without a shape
  // TensorFlow would rewrite other operations than in the graph of one call, and sums have other last digits then.
  const shape = Buffer.concat([attribute.shape([count]), attributes.shape!]);
  return [
    {name: stackedName(name), op: 'Placeholder', inputs: [], attributes: {dtype: attributes.dtype!, shape}},
    {name: unstackedName(name), op: 'Unpack', inputs: [stackedName(name)], attributes: type},
  ];
}

function packed(outputs: Trace['outputs'], nodes: readonly GraphNode[], count: number): GraphNode[] {
  return outputs.map(({node}) => {
    const {op, attributes} = nodes.find(({name}) => name === node)!;
    const type = op === 'Const' ? attribute.type(dataTypes.bool) : attributes.T!;
    return {
      name: stackedName(node),
      op: 'Pack',
      inputs: Array.from({length: count}, (_, call) => renamed(node, call)),
      attributes: {T: type, N: attribute.int(count), axis: attribute.int(0)},
    };
  });
}
