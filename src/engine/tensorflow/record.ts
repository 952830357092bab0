import {type Binding, type GraphFunctions, graphFunctions} from './binding.js';
import type {GraphNode} from './graph-def.js';
import {type HostLeaf, inputForm, mayBeZeros} from './host-inputs.js';
import {idWithoutValues, inferredResults, UnknownForm} from './inferred-results.js';
import {executedResults} from './operation-results.js';
import {refusal} from './refusal.js';
import {type Trace, type TraceOptions, traceEntry} from './trace.js';
import type {Variables} from './variables.js';

/** An entry, and inputs of the form that it is to be recorded for. */
export interface RecordOptions extends Omit<TraceOptions, 'state' | 'inputForms' | 'results'> {
  readonly leaves: readonly HostLeaf[];
  readonly binding: Binding;
  readonly variables: Variables;
}

/**
 * Records an entry as a graph. It is called twice, to find what differs between calls. Its operations are not executed, unless
 * the addon can't infer the forms of what they give.
 * @throws UserError naming the operation and the line that a graph can't have
 */
export function recordEntry(options: RecordOptions): Trace {
  const functions = graphFunctions(options.binding);
  if (!functions) return recordExecuted(options);
  try {
    return recordTwice(() => traceInferred(functions, options));
  } catch (failure) {
    if (failure instanceof UnknownForm) return recordExecuted(options);
    throw failure;
  }
}

function recordExecuted(options: RecordOptions): Trace {
  try {
    return recordTwice(() => traceExecuted(options, true));
  } catch (failure) {
    // What refuses zeros, as a division of integers does, may take the inputs' own values.
    if (options.leaves.some(mayBeZeros)) return recordTwice(() => traceExecuted(options, false));
    throw failure;
  }
}

function recordTwice(trace: () => Trace): Trace {
  const first = trace();
  requireSame(first, trace());
  return first;
}

function traceInferred(functions: GraphFunctions, {leaves, ...options}: RecordOptions): Trace {
  return traceEntry({
    ...options,
    state: options.forms.map(idWithoutValues),
    inputForms: leaves.map(({shape, dtype, source}) => ({shape, dtype, source, id: idWithoutValues()})),
    results: (builder) => inferredResults(functions, builder),
  });
}

/** @param zeros - whether inputs may be zeros where only their form matters */
function traceExecuted({leaves, binding, variables, ...options}: RecordOptions, zeros: boolean): Trace {
  const inputForms = leaves.map((leaf) => inputForm(binding, leaf, zeros));
  return traceEntry({...options, state: variables.tensors(), inputForms, results: () => executedResults(binding)});
}

/** @throws UserError naming the operation whose values, or whose presence, differ between two calls */
function requireSame(first: Trace, second: Trace): void {
  const [nodes, others] = [first.nodes, second.nodes];
  const at = nodes.findIndex((node, i) => !others[i] || !isSame(node, others[i]));
  if (at < 0 && nodes.length === others.length) return;
  const [node, {builder}] = at < 0 ? [others[nodes.length]!, second] : [nodes[at]!, first];
  const user = nodes.find(({inputs}) => inputs.includes(node.name));
  const isValue = node.op === 'Const' && user !== undefined && others[at]?.op === 'Const';
  throw refusal(
    `${isValue ? `${user.op} takes numbers that differ` : `the operations (${node.op}) differ`} between two calls with the same inputs; a graph would repeat the first forever. Give what changes from step to step as an input, and random numbers a key (\`keyedUniform\`).`,
    builder.origin(isValue ? user.name : node.name),
  );
}

function isSame(a: GraphNode, b: GraphNode): boolean {
  const names = Object.keys(a.attributes);
  return (
    a.name === b.name &&
    a.inputs.join() === b.inputs.join() &&
    names.join() === Object.keys(b.attributes).join() &&
    names.every((name) => a.attributes[name]!.equals(b.attributes[name]!))
  );
}
