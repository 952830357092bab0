import {createHash} from 'node:crypto';
import {attribute, type GraphNode} from './graph-def.js';

/** A graph in the making. Names follow from the order of the calls alone, so that equal recordings give equal graphs. */
export interface GraphBuilder {
  readonly nodes: readonly GraphNode[];
  /** Adds an operation. @param name - where others have to find it; default: its number and operation. @returns its name */
  add(op: string, inputs: readonly string[], attributes: GraphNode['attributes'], name?: string): string;
  /** A node that holds these values; the same one for the same values. @returns its name */
  constant(dataType: number, shape: readonly number[], bytes: Uint8Array): string;
  /** A float32 scalar. @returns its name */
  number(value: number): string;
  /** The stack of the call that added a node, for messages. */
  origin(name: string): Error;
}

export function createGraphBuilder(): GraphBuilder {
  const nodes: GraphNode[] = [];
  const origins = new Map<string, Error>();
  const constants = new Map<string, string>();

  function add(op: string, inputs: readonly string[], attributes: GraphNode['attributes'], name?: string): string {
    const chosen = name ?? `${op}_${nodes.length}`;
    nodes.push({name: chosen, op, inputs, attributes});
    origins.set(chosen, new Error());
    return chosen;
  }

  function constant(dataType: number, shape: readonly number[], bytes: Uint8Array): string {
    const key = `${dataType} ${shape} ${createHash('sha1').update(bytes).digest('hex')}`;
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
    constant,
    number: (value) => constant(1, [], new Uint8Array(Float32Array.of(value).buffer)),
    origin: (name) => origins.get(name)!,
  };
}
