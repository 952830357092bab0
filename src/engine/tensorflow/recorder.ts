import {sizeOf} from '../../contract/index.js';
import {UserError} from '../../support/index.js';
import {attributeKinds, type Binding, type HostData, type OpAttribute, type TensorInfo} from './binding.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';
import {type KeptBytes, nodeOfBytes} from './mat-mul.js';
import {shareOwnOperations} from './own-operations.js';
import {placePrefix} from './place.js';

/** A tensor of the recorded call, as the graph knows it. */
export interface GraphValue {
  /** `node` or `node:1`. */
  readonly ref: string;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** The number of the variable that this is the old value of. */
  readonly variable?: number;
  readonly isInput?: boolean;
  /** The same values as bytes, for who can take them so. */
  readonly bytes?: KeptBytes | undefined;
  /** Whether its memory may be that of an input, which the caller goes on using. */
  readonly sharesInput: boolean;
}

export interface Recorder {
  /** In the place of the backend's binding it computes as before, and adds every operation to the graph. */
  readonly binding: Binding;
  /** Makes a tensor from before the call known. */
  define(id: number, value: GraphValue): void;
  /** @param user - who asks, for the message. @throws UserError if the tensor is not of this call */
  valueFor(id: number, user: string): GraphValue;
  /** Frees what the recording needed; to be called at its end. */
  dispose(): void;
}

/** Operations that give tensors of their own memory, whatever they are given. */
const FRESH = new Set(
  (
    'Add AddV2 Sub Mul Div RealDiv DivNoNan Maximum Minimum Neg Sqrt Rsqrt Square Exp Log Tanh Sigmoid MatMul Conv2D ' +
    'SharedMatMul SharedSigmoid SharedSigmoidGradient SoftmaxCrossEntropy SoftmaxCrossEntropyGradient AdamWUpdate'
  ).split(' '),
);

/**
 * What TensorFlow's arithmetic optimizer marks sums and products with that it has seen to. Left to itself it makes several sums an
 * `AddN`, which takes them in no certain order, and reorders products by what else it knows: not the same way in every graph.
 */
const SEEN_TO = ['AddOpsRewriteStage', 'MinimizeBroadcasts'].map((stage) => `_grappler_ArithmeticOptimizer_${stage}`);
const REORDERED = new Set(['Add', 'AddV2', 'Mul']);

const UNKEYED = new Set(
  'RandomUniform RandomUniformInt RandomStandardNormal TruncatedNormal Multinomial RandomShuffle RandomGamma'.split(
    ' ',
  ),
);

const OF_UNKNOWN_SHAPE = new Set(
  'Where Unique UniqueV2 ListDiff NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV5'.split(
    ' ',
  ),
);

/** Records what goes through `binding` into `graph`. */
export function createRecorder(binding: Binding, graph: GraphBuilder): Recorder {
  const values = new Map<number, GraphValue>();
  const constants = new Map<number, {dtype: number; shape: readonly number[]; bytes: Uint8Array}>();
  const standIns = createStandIns(binding);

  function valueFor(id: number, user: string): GraphValue {
    const constant = constants.get(id);
    if (constant && !values.has(id)) {
      const ref = graph.constant(constant.dtype, constant.shape, constant.bytes);
      values.set(id, {ref, dtype: constant.dtype, shape: constant.shape, sharesInput: false});
    }
    const value = values.get(id);
    if (value) return value;
    throw refusal(
      `${user} takes a tensor that was made outside of the entry. Pass it as an input or keep it in the state, or make it in the entry from numbers.`,
    );
  }

  function executeOp(op: string, attributes: readonly OpAttribute[], ids: readonly number[], outputs: number) {
    requireCapturable(op);
    const inputs = ids.map((id) => valueFor(id, op));
    const results = binding.executeOp(op, attributes, ids, outputs).map(standIns.replace);
    if (changesNothing(op, inputs[0], results[0])) {
      values.set(results[0]!.id, inputs[0]!);
      return results;
    }
    const name = addNode(op, attributes, inputs);
    const sharesInput = !FRESH.has(op) && inputs.some((input) => input.sharesInput);
    for (const [i, {id, dtype, shape}] of results.entries()) {
      values.set(id, {ref: i === 0 ? name : `${name}:${i}`, dtype, shape, sharesInput});
    }
    return results;
  }

  function addNode(op: string, attributes: readonly OpAttribute[], inputs: readonly GraphValue[]): string {
    const refs = inputs.map(({ref}) => ref);
    const encoded = attributesFor(op, attributes, inputs);
    const bytes = inputs[0]?.bytes;
    const ofBytes = nodeOfBytes(op, bytes);
    if (!bytes || !ofBytes) return graph.add(op, refs, encoded);
    return graph.add(ofBytes.op, [bytes.ref, ...refs.slice(1)], {...encoded, ...ofBytes.attributes});
  }

  function createTensor(shape: readonly number[], dtype: number, data: HostData): number {
    if (!Object.values<number>(dataTypes).includes(dtype)) {
      throw refusal(`a tensor of TensorFlow's type ${dtype} can't be in a graph, only float32, int32 and bool.`);
    }
    const id = binding.createTensor(shape, dtype, data);
    constants.set(id, {dtype, shape: [...shape], bytes: bytesOf(data)});
    return id;
  }

  function tensorDataSync(id: number): HostData {
    const value = values.get(id);
    if (!value || constants.has(id)) return binding.tensorDataSync(id);
    throw refusal(
      `${describe(value)} is read on the host, but an entry runs as one graph. Choose by tf.where, or give the value as an output.`,
    );
  }

  return {
    define: (id, value) => values.set(id, value),
    valueFor,
    dispose: standIns.dispose,
    binding: shareOwnOperations(binding, replaceMembers(binding, {executeOp, createTensor, tensorDataSync})),
  };
}

/** Results of fewer values than this are kept as they are. */
const LARGE = 65_536;

/**
 * Nobody reads what a recorded call computes; only shapes matter. Large results of one shape therefore share the memory of the
 * first of them: a call holds all that it makes until its end, which for a conv net would be more than the graph ever needs.
 * Only float32: other numbers may be indices, which an operation checks.
 */
function createStandIns(binding: Binding) {
  const {float32} = dataTypes;
  const first = new Map<string, number>();
  const shared = (id: number): TensorInfo =>
    binding.executeOp('Identity', [{name: 'T', type: attributeKinds.type, value: float32}], [id], 1)[0]!;
  return {
    replace(result: TensorInfo): TensorInfo {
      const {id, dtype, shape} = result;
      if (dtype !== float32 || sizeOf(shape) < LARGE) return result;
      const standIn = first.get(String(shape));
      if (standIn === undefined) {
        first.set(String(shape), shared(id).id);
        return result;
      }
      binding.deleteTensor(id);
      return shared(standIn);
    },
    dispose() {
      for (const id of first.values()) binding.deleteTensor(id);
    },
  };
}

/** A copy with other functions; spreading would leave out the addon's members, which are not enumerable. */
function replaceMembers(binding: Binding, members: Partial<Binding>): Binding {
  const own = Object.getOwnPropertyDescriptors(binding);
  return Object.defineProperties({}, {...own, ...Object.getOwnPropertyDescriptors(members)}) as Binding;
}

function describe({ref, variable, isInput}: GraphValue): string {
  if (variable !== undefined) return 'a value of the state';
  return isInput ? 'an input' : `what ${ref.replace(/_\d+(:\d+)?$/, '')} gives`;
}

/** @returns an error that begins with the line of the user's that asks for it */
export function refusal(message: string, origin: Error = new Error()): UserError {
  return new UserError(`${placePrefix(origin)}${message}`);
}

function requireCapturable(op: string): void {
  if (UNKEYED.has(op)) {
    throw refusal(`${op} draws random numbers without a key. Use \`keyedUniform\` with a key from the inputs.`);
  }
  if (OF_UNKNOWN_SHAPE.has(op)) {
    throw refusal(`the shape of what ${op} gives depends on values; the shapes of a graph are fixed.`);
  }
}

/** A copy: the memory may be used again before the graph is written. */
function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
}

/** Whether an operation gives what it is given: gradients are made with many of these. */
function changesNothing(op: string, input: GraphValue | undefined, result: TensorInfo | undefined): boolean {
  if (!(op === 'Reshape' || op === 'Cast') || !input || !result) return false;
  return result.dtype === input.dtype && String(result.shape) === String(input.shape);
}

/** The attributes as a graph's node has them. */
function attributesFor(op: string, attributes: readonly OpAttribute[], inputs: readonly GraphValue[]) {
  const encoded = Object.fromEntries(attributes.map((each) => [each.name, encodeAttribute(each)]));
  for (const mark of REORDERED.has(op) ? SEEN_TO : []) encoded[mark] = attribute.bool(true);
  // tfjs-node leaves it to the operation's inputs, which a graph's node can't.
  if (op === 'ExpandDims') encoded.T ??= attribute.type(inputs[0]!.dtype);
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
