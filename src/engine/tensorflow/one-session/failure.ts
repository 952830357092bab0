import type {GraphNode} from '../graph-def.js';
import {refusal} from '../refusal.js';

/** Records a call again, only to look at its nodes. @param onAdd - gets each of them */
export type Replay = (onAdd: (node: GraphNode) => void) => void;

/**
 * A node's name, behind its entry's prefix, and that of the loop that it is in, and before the number of the call, in what TensorFlow
 * says of a failure.
 */
const NODE = /\{\{node [^}]*\/([^/}]+?)(?:_call\d+)?\}\}/;

/**
 * What TensorFlow says of a run that failed, with the operation and the line that asks for it. To find that, the entry is called
 * once more: to note each operation's line beforehand would take longer than all else of a recording.
 */
export function explained(failure: Error, replay: Replay): Error {
  const name = NODE.exec(failure.message)?.[1];
  const [text] = failure.message.split(/\s*\[\[/);
  return (name !== undefined && atNode(name, text!, replay)) || new Error(text, {cause: failure});
}

/** What is wrong with a node, with the operation and the line that asks for it, if they can be found. */
export function atNode(name: string, text: string, replay: Replay): Error | undefined {
  const found = findNode(name, replay);
  return found && refusal(text.startsWith(found.op) ? text : `${found.op}: ${text}`, found.origin);
}

interface RecordedNode {
  readonly op: string;
  readonly origin: Error;
}

function findNode(name: string, replay: Replay): RecordedNode | undefined {
  let found: RecordedNode | undefined;
  try {
    replay((node) => {
      if (node.name !== name) return;
      found = {op: node.op, origin: new Error()};
      throw found.origin;
    });
  } catch {
    // All is found, or nothing can be.
  }
  return found;
}
