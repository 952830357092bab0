import type {GraphNode} from './graph-def.js';
import {refusal} from './refusal.js';

/** What a second recording of an entry is compared with. */
export interface FirstRecording {
  /** All that was recorded, in its order. */
  readonly all: readonly GraphNode[];
  /** What the entry needs of it. */
  readonly nodes: readonly GraphNode[];
}

/** Finds what differs between two calls of an entry, at the line that asks for it. */
export interface Comparison {
  /** Compares a node of the second recording. @throws UserError where the operations are not the same from there on */
  compare(node: GraphNode): void;
  /** What was found so far. */
  difference(): Error | undefined;
  /** Ends the comparison. @throws UserError of the first difference */
  requireSame(): void;
}

export function comparisonWith({all, nodes}: FirstRecording): Comparison {
  const needed = new Set([...nodes.map(({name}) => name), ...all.flatMap(nodesOfFunctions)]);
  let next = 0;
  let difference: Error | undefined;
  return {
    compare(node) {
      const expected = all[next++];
      if (difference || (expected && isSame(expected, node))) return;
      if (expected?.op === 'Const' && node.op === 'Const') {
        if (needed.has(expected.name)) difference = numbersDiffer(all, expected);
        return;
      }
      difference = operationsDiffer(expected ?? node);
      throw difference;
    },
    difference: () => difference,
    requireSame() {
      if (difference) throw difference;
      if (next < all.length) throw operationsDiffer(all[next]!);
    },
  };
}

function nodesOfFunctions({functions = {}}: GraphNode): readonly string[] {
  return Object.values(functions).flatMap(({nodes}) => nodes);
}

function numbersDiffer(all: readonly GraphNode[], constant: GraphNode): Error {
  const user = all.find(({inputs}) => inputs.includes(constant.name));
  return user ? differs(`${user.op} takes numbers that differ`) : operationsDiffer(constant);
}

function operationsDiffer({op}: GraphNode): Error {
  return differs(`the operations (${op}) differ`);
}

function differs(what: string): Error {
  return refusal(
    `${what} between two calls with the same inputs; a graph would repeat the first forever. Give what changes from step to step as an input, and random numbers a key (\`keyedUniform\`).`,
  );
}

/** Whether nodes are the same, but for their functions. */
export function isSame(a: GraphNode, b: GraphNode): boolean {
  const names = Object.keys(a.attributes);
  return (
    a.name === b.name &&
    isSameList(a.inputs, b.inputs) &&
    isSameList(names, Object.keys(b.attributes)) &&
    names.every((name) => a.attributes[name] === b.attributes[name] || a.attributes[name]!.equals(b.attributes[name]!))
  );
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
