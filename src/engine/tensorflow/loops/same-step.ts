import {isSame} from '../differences.js';
import {type GraphNode, nodeOf} from '../graph-def.js';
import {refusal} from '../refusal.js';
import {isArgument} from './recording.js';

/** One of two calls of a step. */
export interface StepCall {
  /** In the graph, with what the call shares with others. */
  readonly nodes: readonly GraphNode[];
  /** References to the results. */
  readonly results: readonly string[];
}

/** What a second call need not add again: constants, and the keys that the host folds. */
function isShared({op, name}: GraphNode): boolean {
  return op === 'Const' || (op === 'Placeholder' && !isArgument(name));
}

/**
 * What differs between two calls of a step, such as a count that it keeps, would differ at each of the steps, but a loop repeats
 * one of them.
 * @throws UserError naming the line that asks for the steps
 */
export function requireSameStep(first: StepCall, second: StepCall): void {
  const names = new Map<string, string>();
  const counterpart = (ref: string): string => ref.replace(nodeOf(ref), names.get(nodeOf(ref)) ?? nodeOf(ref));
  const [before, after] = [first, second].map(({nodes}) => nodes.filter((node) => !isShared(node)));
  for (const [i, node] of after!.entries()) {
    const other = before![i];
    if (other?.op !== node.op || !isSame(other, {...node, name: other.name, inputs: node.inputs.map(counterpart)}))
      throw differs(node.op);
    names.set(node.name, other.name);
  }
  const areResultsSame = second.results.every((ref, i) => counterpart(ref) === first.results[i]);
  if (before!.length > after!.length || !areResultsSame) throw differs(before!.at(-1)?.op ?? 'what it gives');
}

function differs(op: string): Error {
  return refusal(
    `two calls of the step of a scan differ (${op}); a graph repeats one of them at every step. Give what changes from step to step as an input, or hand it on; for random numbers the scan takes a \`key\`.`,
  );
}
