import {sizeOf} from '../../contract/index.js';
import {bytesField, floatField, intField, varint} from '../../support/index.js';

/** Numbers of TensorFlow's types (`types.proto`), as far as the engine's tensors, and the arrays that rows are picked of, have them. */
export const dataTypes = Object.freeze({float32: 1, int32: 3, uint8: 4, bool: 10} as const);

/** An operation in a graph. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Another node's output, `name` or `name:1`; `^name` waits for a node without taking anything from it. */
  readonly inputs: readonly string[];
  /** Encoded `AttrValue` messages by name. */
  readonly attributes: {readonly [name: string]: Buffer};
  /** Attributes that are functions, by name. */
  readonly functions?: {readonly [name: string]: GraphFunction};
}

/** A function that a node of a graph calls, such as a step of a loop. */
export interface GraphFunction {
  /** No other function of the graph has it. */
  readonly name: string;
  /** The graph's nodes that it is made of; they stay in the graph, where nothing asks for them. */
  readonly nodes: readonly string[];
  /** What stands in the graph for what the function is given: `node` or `node:1`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Encoders of `AttrValue`, by the kind of value. */
export const attribute = Object.freeze({
  string: (value: string) => bytesField(2, value),
  int: (value: number) => intField(3, value),
  float: (value: number) => floatField(4, value),
  bool: (value: boolean) => intField(5, Number(value)),
  /** @param value - a number of `dataTypes` */
  type: (value: number) => intField(6, value),
  shape: (value: readonly number[]) => bytesField(7, shapeMessage(value)),
  ints: (values: readonly number[]) => bytesField(1, bytesField(3, Buffer.concat(values.map(varint)))),
  floats: (values: readonly number[]) => bytesField(1, bytesField(4, Buffer.from(Float32Array.from(values).buffer))),
  bools: (values: readonly boolean[]) => bytesField(1, bytesField(5, Uint8Array.from(values, Number))),
  /** @param name - of a function of the graph */
  func: (name: string) => bytesField(10, bytesField(1, name)),
  /** @param values - encoded themselves: in a list their fields have the numbers that they have alone */
  list: (values: readonly Buffer[]) => bytesField(1, Buffer.concat(values)),
  /** @param bytes - the values, row-major, little-endian; of fewer float32 values than the shape has, the last one is repeated */
  tensor: (type: number, shape: readonly number[], bytes: Uint8Array) =>
    bytesField(8, Buffer.concat([intField(1, type), bytesField(2, shapeMessage(shape)), content(type, shape, bytes)])),
});

/** `tensor_content` has to be whole; `float_val` need not be. */
function content(type: number, shape: readonly number[], bytes: Uint8Array): Buffer {
  const isWhole = type !== dataTypes.float32 || bytes.length === 4 * sizeOf(shape);
  return bytesField(isWhole ? 4 : 5, bytes);
}

function shapeMessage(shape: readonly number[]): Buffer {
  return Buffer.concat(shape.map((dimension) => bytesField(2, intField(1, dimension))));
}

/** One node as a `NodeDef` message. */
function nodeMessage({name, op, inputs, attributes}: GraphNode): Buffer {
  return Buffer.concat([
    bytesField(1, name),
    bytesField(2, op),
    ...inputs.map((input) => bytesField(3, input)),
    ...Object.entries(attributes).map(([key, value]) =>
      bytesField(5, Buffer.concat([bytesField(1, key), bytesField(2, value)])),
    ),
  ]);
}

/** The tag under which the graph is found in its SavedModel. */
export const SAVED_MODEL_TAG = 'serve';

/** The version of TensorFlow's graphs that the nodes are written in (`VersionDef.producer`); TensorFlow 2.9 is 1087. */
const GRAPH_VERSION = 1087;

/** The graph as a `GraphDef` message. */
function graphMessage(nodes: readonly GraphNode[]): Buffer {
  return Buffer.concat([
    ...nodes.map((node) => bytesField(1, nodeMessage(node))),
    bytesField(4, intField(1, GRAPH_VERSION)),
  ]);
}

/** The graph as a `SavedModel` message: the content of a `saved_model.pb`. */
export function savedModelMessage(nodes: readonly GraphNode[]): Buffer {
  const metaInfo = Buffer.concat([bytesField(4, SAVED_MODEL_TAG)]);
  const metaGraph = Buffer.concat([bytesField(1, metaInfo), bytesField(2, graphMessage(nodes))]);
  return Buffer.concat([intField(1, 1), bytesField(2, metaGraph)]);
}

/** The name of the node that an input takes its value from or waits for. */
export function nodeOf(input: string): string {
  return input.replace(/^\^/, '').replace(/:\d+$/, '');
}

/** The nodes that `roots` (names or inputs) need, in the order given. */
export function reachable(nodes: readonly GraphNode[], roots: readonly string[]): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Set<string>();
  const open = roots.map(nodeOf);
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    open.push(...byName.get(name)!.inputs.map(nodeOf));
  }
  return nodes.filter(({name}) => needed.has(name));
}
