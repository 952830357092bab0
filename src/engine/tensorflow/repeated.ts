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
 * The entry `count` times one after the other, as one graph. Nothing of a call begins before the one before it has
 * written the state: in the same order, the same kernels give the same bits as so many calls.
 */
export function repeatedGraph({nodes, feeds, outputs}: Trace, count: number): RepeatedGraph {
  const shared = new Set(nodes.filter(isShared).map(({name}) => name));
  const stacked = feeds.filter(({isSource}) => !isSource).map(({node}) => nodes.find(({name}) => name === node)!);
  const inputs = new Set(stacked.map(({name}) => name));
  const handles = new Set(nodes.filter(({op}) => op === 'VarHandleOp').map(({name}) => name));
  const last = outputs[0]!.node;
  const copies = Array.from({length: count}, (_, call) => {
    const own = nodes.filter(({name}) => !shared.has(name));
    const endOf = (earlier: number): string[] => (earlier < 0 ? [] : [`^${renamed(last, earlier)}`]);
    const [after, ahead] = [endOf(call - 1), endOf(call - 2)];
    return own.map((node) => copyOf(node, {call, shared, inputs, handles, after, ahead}));
  });
  return {
    nodes: [...stacked.flatMap((node) => unstacked(node, count)), ...copies.flat(), ...packed(outputs, nodes, count)],
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

interface Copying {
  readonly call: number;
  readonly shared: ReadonlySet<string>;
  readonly inputs: ReadonlySet<string>;
  readonly handles: ReadonlySet<string>;
  /** The control input that ends the call before; the first call has none. */
  readonly after: readonly string[];
  /** The one that ends the call before that. */
  readonly ahead: readonly string[];
}

function copyOf(node: GraphNode, {call, shared, inputs, handles, after, ahead}: Copying): GraphNode {
  const own = node.inputs.map((input) => {
    const name = nodeOf(input);
    if (inputs.has(name)) return `${unstackedName(name)}:${call}`;
    return shared.has(name) ? input : input.replace(name, renamed(name, call));
  });
  const touchesVariable = node.inputs.some((input) => handles.has(input));
  // What depends on inputs alone, such as picking a batch's rows, may run one call ahead, beside what keeps one core busy.
  const isFirst = node.inputs.every((input) => shared.has(nodeOf(input)));
  const waits = touchesVariable ? after : isFirst ? ahead : [];
  return {...node, name: renamed(node.name, call), inputs: [...own, ...waits]};
}

/** A placeholder for the values of all calls, and the values of each. */
function unstacked({name, attributes}: GraphNode, count: number): GraphNode[] {
  const type = {T: attributes.dtype!, num: attribute.int(count), axis: attribute.int(0)};
  return [
    {name: stackedName(name), op: 'Placeholder', inputs: [], attributes: {dtype: attributes.dtype!}},
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
