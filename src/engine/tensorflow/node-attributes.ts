import {attributeKinds, type OpAttribute} from './binding.js';
import {attribute, type GraphNode} from './graph-def.js';
import {refusal} from './refusal.js';

/**
 * The marks of TensorFlow's arithmetic optimizer for sums and products that it has already rewritten. Unmarked, several sums become
 * an `AddN`, which adds in no certain order, and products are reordered by what else is known of them: not the same way in every
 * graph.
 */
const REWRITTEN = ['AddOpsRewriteStage', 'MinimizeBroadcasts'].map((stage) => `_grappler_ArithmeticOptimizer_${stage}`);
const REORDERED = new Set(['Add', 'AddV2', 'Mul']);

/**
 * An operation's attributes as a graph's node has them.
 * @param dtype - of its first input, if it has one
 * @throws UserError for an attribute of a kind that no node can have
 */
export function nodeAttributes(
  op: string,
  attributes: readonly OpAttribute[],
  dtype: number | undefined,
): GraphNode['attributes'] {
  const encoded = Object.fromEntries(attributes.map((each) => [each.name, encodeAttribute(each)]));
  for (const mark of REORDERED.has(op) ? REWRITTEN : []) encoded[mark] = attribute.bool(true);
  // tfjs-node leaves it to the operation's inputs, which a graph's node can't.
  if (op === 'ExpandDims') encoded.T ??= attribute.type(dtype!);
  return encoded;
}

function encodeAttribute({name, type, value}: OpAttribute): Buffer {
  const isList = Array.isArray(value);
  if (type === attributeKinds.string && !isList) return attribute.string(value);
  if (type === attributeKinds.int) return isList ? attribute.ints(value) : attribute.int(value);
  if (type === attributeKinds.float) return isList ? attribute.floats(value) : attribute.float(value);
  if (type === attributeKinds.bool) return isList ? attribute.bools(value) : attribute.bool(value);
  if (type === attributeKinds.type && !isList) return attribute.type(value);
  if (type === attributeKinds.shape) return attribute.shape(value);
  throw refusal(`attribute '${name}' of kind ${type} can't be in a graph.`);
}
