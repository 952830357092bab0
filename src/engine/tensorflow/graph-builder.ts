import {createHash} from 'node:crypto';
import {attribute, type GraphNode} from './graph-def.js';

/** A graph in the making. Names follow from the order of the calls alone, so that equal recordings give equal graphs. */
export interface GraphBuilder {
  readonly nodes: readonly GraphNode[];
  /** Adds an operation. @param name - where others have to find it; default: its number and operation. @returns its name */
  add(op: string, inputs: readonly string[], attributes: GraphNode['attributes'], name?: string): string;
  /** Adds an operation with all that belongs to it. @returns its name */
  addNode(node: Omit<GraphNode, 'name'>): string;
  /**
   * A node that holds these values; the same one for the same values.
   * @param bytes - of fewer float32 values than the shape has, the last one is repeated
   * @returns its name
   */
  constant(dataType: number, shape: readonly number[], bytes: Uint8Array): string;
  /** A float32 scalar. @returns its name */
  number(value: number): string;
}

/** @param onAdd - gets each node when it is added; the default does nothing */
export function createGraphBuilder(onAdd: (node: GraphNode) => void = () => {}): GraphBuilder {
  const nodes: GraphNode[] = [];
  const constants = new Map<string, string>();

  function addNamed(node: GraphNode): string {
    nodes.push(node);
    onAdd(node);
    return node.name;
  }

  const nameFor = (op: string): string => `${op}_${nodes.length}`;
  const add: GraphBuilder['add'] = (op, inputs, attributes, name = nameFor(op)) =>
    addNamed({name, op, inputs, attributes});

  function constant(dataType: number, shape: readonly number[], bytes: Uint8Array): string {
    const key = `${dataType} ${shape} ${digest(bytes)}`;
    const known = constants.get(key);
    if (known !== undefined) return known;
    const value = attribute.tensor(dataType, shape, bytes);
    const name = add('Const', [], {dtype: attribute.type(dataType), value});
    constants.set(key, name);
    return name;
  }

  return {
    nodes,
    add,
    addNode: (node) => addNamed({...node, name: nameFor(node.op)}),
    constant,
    number: (value) => constant(1, [], new Uint8Array(Float32Array.of(value).buffer)),
  };
}

/** Bytes of a hash. */
const DIGEST = 20;

/** Tells apart what differs. */
function digest(bytes: Uint8Array): string {
  if (bytes.length <= DIGEST) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return createHash('sha1').update(bytes).digest('base64');
}
