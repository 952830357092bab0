import type {GraphFunctions, OutputForm} from './binding.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, type GraphNode} from './graph-def.js';
import type {OpCall, OperationResults, TensorForm} from './operation-results.js';
import {ownOutputForms} from './own-operations.js';

/** The shapes and types of an operation's results are unknown until it runs. */
export class UnknownForm extends Error {}

let lastId = 0;

/** An id for a tensor without values: negative, as none of the addon's is, so that it is never asked to delete it. */
export function idWithoutValues(): number {
  lastId -= 1;
  return lastId;
}

/** Operations that begin with an input that is a list: of all that they take, but for the axis of a concatenation. */
const BEGIN_WITH_LIST = new Set(['AddN', 'ConcatV2', 'Einsum', 'Pack']);

/**
 * The outputs of `FusedBatchNormV3` and of its gradient that TensorFlow infers no shape for: what one kernel leaves for the other,
 * or nothing.
 */
const OF_ANY_SHAPE = new Map([
  ['FusedBatchNormV3', new Set([5])],
  ['FusedBatchNormGradV3', new Set([3, 4])],
]);

/** A graph of TensorFlow's that grows with the one that is recorded, to infer forms. */
interface Inference {
  readonly functions: GraphFunctions;
  readonly graph: object;
  /** The nodes in the place of outputs of the addon's own operations, by `node` or `node:1`. */
  readonly placeholders: Map<string, string>;
}

/**
 * Results without values, whose forms TensorFlow infers: nothing is executed.
 * @param builder - the graph that is recorded
 * @returns where they come from; it throws UnknownForm for what has to be executed
 */
export function inferredResults(functions: GraphFunctions, builder: GraphBuilder): OperationResults {
  const inference: Inference = {functions, graph: functions.createGraph(), placeholders: new Map()};
  let added = 0;
  return {
    of(call, name, inputs) {
      const node = builder.nodes.at(-1)!;
      for (; added < builder.nodes.length - 1; added++) addNode(inference, builder.nodes[added]!);
      added += 1;
      const own = ownOutputForms(call, inputs);
      const forms = own ? addPlaceholders(inference, name, own) : knownForms(call, addNode(inference, node));
      return forms.map(({dtype, shape}) => ({id: idWithoutValues(), dtype, shape}));
    },
    dispose() {},
  };
}

function addNode({functions, graph, placeholders}: Inference, node: GraphNode): readonly OutputForm[] {
  const refs = node.inputs.map((ref) => placeholders.get(ref) ?? ref);
  const length = node.op === 'ConcatV2' ? refs.length - 1 : refs.length;
  const inputs = BEGIN_WITH_LIST.has(node.op) ? [refs.slice(0, length), ...refs.slice(length)] : refs;
  try {
    return functions.addNode(graph, {...node, inputs});
  } catch (error) {
    // Executing it gives the error messages of tfjs and TensorFlow.
    throw new UnknownForm((error as Error).message);
  }
}

/** Nodes that have the outputs' forms, as TensorFlow infers none of an operation of the addon's own. */
function addPlaceholders(
  {functions, graph, placeholders}: Inference,
  name: string,
  forms: readonly TensorForm[],
): readonly TensorForm[] {
  forms.forEach(({dtype, shape}, i) => {
    const placeholder = `${name}_output${i}`;
    const attributes = {dtype: attribute.type(dtype), shape: attribute.shape(shape)};
    functions.addNode(graph, {name: placeholder, op: 'Placeholder', inputs: [], attributes});
    placeholders.set(i === 0 ? name : `${name}:${i}`, placeholder);
  });
  return forms;
}

function knownForms({op, outputs}: OpCall, forms: readonly OutputForm[]): TensorForm[] {
  if (forms.length !== outputs) throw new UnknownForm(`${op} gives ${forms.length} tensors, not ${outputs}`);
  return forms.map(({dtype, shape}, i) => {
    if (OF_ANY_SHAPE.get(op)?.has(i)) return {dtype, shape: [0]};
    if (shape?.every((dimension) => dimension >= 0)) return {dtype, shape};
    throw new UnknownForm(`the shape of output ${i} of ${op} depends on values`);
  });
}
