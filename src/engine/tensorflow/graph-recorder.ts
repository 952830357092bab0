import type {Binding, HostData, TensorInfo} from './binding.js';
import {type ConstantBytes, constantBytes, valuesOf} from './constant-bytes.js';
import {createElementwiseNotes, type ElementwiseNotes, type Instruction} from './elementwise.js';
import type {GraphBuilder} from './graph-builder.js';
import {dataTypes} from './graph-def.js';
import {type KeptBytes, nodeOfBytes} from './mat-mul.js';
import {nodeAttributes} from './node-attributes.js';
import type {OpCall, OperationResults, TensorForm} from './operation-results.js';
import {shareOwnOperations, usesOwnOperations} from './own-operations.js';
import {refusal} from './refusal.js';
import {createRowNotes, type RowNotes, type RowSum} from './rows-in-products.js';

/** A tensor of the recorded call, as the graph knows it. */
export interface GraphValue {
  /** `node` or `node:1`. */
  readonly ref: string;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** The number of the variable that this is the old value of. */
  readonly variable?: number;
  readonly isInput?: boolean;
  /** Whether it is what a loop gives to each of its steps. */
  readonly isArgument?: boolean;
  /** The same values as bytes, for operations that can take them so. */
  readonly bytes?: KeptBytes | undefined;
  /** Whether its memory may be that of an input, which the caller keeps using. */
  readonly sharesInput: boolean;
}

/** Records the operations of one call of an entry. */
export interface GraphRecorder {
  /** In the place of the backend's binding it adds every operation to the graph. */
  readonly binding: Binding;
  /** Makes a tensor from before the call known. */
  define(id: number, value: GraphValue): void;
  /** @param user - what takes the tensor, for the message. @throws UserError if the tensor is not of this call */
  valueFor(id: number, user: string): GraphValue;
  /** The form of what a node gives, if a tensor of the call has it. */
  formOf(ref: string): TensorForm | undefined;
  /** What may be fused, by the nodes' names. */
  readonly instructions: ReadonlyMap<string, Instruction>;
  /** Sums that a product may take in, by the nodes' names. */
  readonly rowSums: ReadonlyMap<string, RowSum>;
}

/** Operations that give tensors of their own memory, whatever they are given. */
const FRESH = new Set(
  (
    'Add AddV2 Sub Mul Div RealDiv DivNoNan Maximum Minimum Neg Sqrt Rsqrt Square Exp Log Tanh Sigmoid MatMul Conv2D ' +
    'SharedMatMul LargeMatMul SharedSigmoid SharedSigmoidGradient SoftmaxCrossEntropy SoftmaxCrossEntropyGradient AdamWUpdate ' +
    'RecurrentLstm RecurrentLstmGradient'
  ).split(' '),
);

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

/** A tensor that the call makes of values on the host; a node of the graph once an operation takes it. */
interface Constant extends ConstantBytes {
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** What a recording has come to: tensors by their ids. */
interface Recording {
  readonly binding: Binding;
  readonly graph: GraphBuilder;
  readonly values: Map<number, GraphValue>;
  readonly constants: Map<number, Constant>;
  readonly results: OperationResults;
  readonly notes: ElementwiseNotes;
  readonly rowNotes: RowNotes;
}

/**
 * Records what goes through `binding` into `graph`.
 * @param results - gives what the operations give
 */
export function createGraphRecorder(binding: Binding, graph: GraphBuilder, results: OperationResults): GraphRecorder {
  const recording: Recording = {
    binding,
    graph,
    values: new Map(),
    constants: new Map(),
    results,
    notes: createElementwiseNotes(),
    rowNotes: createRowNotes(),
  };
  const members: Partial<Binding> = {
    executeOp: (op, attributes, ids, outputs) => executeOp(recording, {op, attributes, ids, outputs}),
    createTensor: (shape, dtype, data) => createTensor(recording, shape, dtype, data),
    tensorDataSync: (id) => tensorDataSync(recording, id),
    ...(usesOwnOperations(binding) && {setFusing: recording.notes.setNoting}),
    // What was inferred has an id below 0 and nothing to delete.
    deleteTensor: (id) => {
      if (id >= 0) binding.deleteTensor(id);
    },
  };
  return {
    define(id, value) {
      recording.constants.delete(id);
      recording.values.set(id, value);
    },
    valueFor: (id, user) => valueFor(recording, id, user),
    formOf: (ref) => formOf(recording, ref),
    instructions: recording.notes.instructions,
    rowSums: recording.rowNotes.sums,
    binding: shareOwnOperations(binding, replaceMembers(binding, members)),
  };
}

function valueFor({graph, values, constants}: Recording, id: number, user: string): GraphValue {
  const constant = constants.get(id);
  if (constant && !values.has(id)) {
    const {dtype, shape, bytes} = constant;
    values.set(id, {ref: graph.constant(dtype, shape, bytes), dtype, shape, sharesInput: false});
  }
  const value = values.get(id);
  if (value) return value;
  throw refusal(
    `${user} takes a tensor that was made outside of the entry. Pass it as an input or keep it in the state, or make it in the entry from numbers.`,
  );
}

function formOf({values}: Recording, ref: string): TensorForm | undefined {
  for (const value of values.values()) {
    if (value.ref === ref) return value;
    if (value.bytes?.ref === ref) return {dtype: dataTypes.uint8, shape: value.shape};
  }
  return undefined;
}

function executeOp(recording: Recording, call: OpCall): TensorInfo[] {
  const {values} = recording;
  const {op} = call;
  requireCapturable(op);
  const inputs = call.ids.map((id) => valueFor(recording, id, op));
  const name = addNode(recording.graph, call, inputs);
  const results = recording.results.of(call, name, inputs);
  if (changesNothing(op, inputs[0], results[0]) || isIdentityTranspose(recording, call)) {
    values.set(results[0]!.id, inputs[0]!);
    return results;
  }
  if (results[0]) {
    recording.notes.note(op, name, inputs, results[0]);
    recording.rowNotes.note(op, name, inputs);
  }
  const sharesInput = !FRESH.has(op) && inputs.some((input) => input.sharesInput);
  for (const [i, {id, dtype, shape}] of results.entries())
    values.set(id, {ref: i === 0 ? name : `${name}:${i}`, dtype, shape, sharesInput});
  return results;
}

function addNode(graph: GraphBuilder, {op, attributes}: OpCall, inputs: readonly GraphValue[]): string {
  const refs = inputs.map(({ref}) => ref);
  const encoded = nodeAttributes(op, attributes, inputs[0]?.dtype);
  const bytes = inputs[0]?.bytes;
  const ofBytes = nodeOfBytes(op, bytes);
  if (!bytes || !ofBytes) return graph.add(op, refs, encoded);
  return graph.add(ofBytes.op, [bytes.ref, ...refs.slice(1)], {...encoded, ...ofBytes.attributes});
}

function createTensor(recording: Recording, shape: readonly number[], dtype: number, data: HostData): number {
  if (!Object.values<number>(dataTypes).includes(dtype))
    throw refusal(`a tensor of TensorFlow's type ${dtype} can't be in a graph, only float32, int32 and bool.`);
  const id = recording.results.createTensor(shape, dtype, data);
  recording.constants.set(id, {dtype, shape: [...shape], ...constantBytes(data)});
  return id;
}

function tensorDataSync({binding, values, constants}: Recording, id: number): HostData {
  const constant = constants.get(id);
  if (constant) return valuesOf(constant);
  const value = values.get(id);
  if (!value) return binding.tensorDataSync(id);
  throw refusal(
    `${describe(value)} is read on the host, but an entry runs as one graph. Choose by tf.where, or give the value as an output.`,
  );
}

/** A copy with other functions; spreading would leave out the addon's members, which are not enumerable. */
function replaceMembers(binding: Binding, members: Partial<Binding>): Binding {
  const own = Object.getOwnPropertyDescriptors(binding);
  return Object.defineProperties({}, {...own, ...Object.getOwnPropertyDescriptors(members)}) as Binding;
}

function describe({ref, variable, isInput, isArgument}: GraphValue): string {
  if (variable !== undefined) return 'a value of the state';
  if (isArgument) return 'what a step is given';
  return isInput ? 'an input' : `what ${ref.replace(/_\d+(:\d+)?$/, '')} gives`;
}

function requireCapturable(op: string): void {
  if (UNKEYED.has(op)) {
    throw refusal(`${op} draws random numbers without a key. Use \`keyedUniform\` with a key from the inputs.`);
  }
  if (OF_UNKNOWN_SHAPE.has(op)) {
    throw refusal(`the shape of what ${op} gives depends on values; the shapes of a graph are fixed.`);
  }
}

/** Whether an operation gives what it is given: gradients are made with many of these. */
function changesNothing(op: string, input: GraphValue | undefined, result: TensorInfo | undefined): boolean {
  if (!(op === 'Reshape' || op === 'Cast') || !input || !result) return false;
  return result.dtype === input.dtype && String(result.shape) === String(input.shape);
}

/** Gradients of `tf.gather` are transposed to and fro, also where the order of the dimensions is what it was. */
function isIdentityTranspose({constants}: Recording, {op, ids}: OpCall): boolean {
  const order = op === 'Transpose' ? constants.get(ids[1]!) : undefined;
  return order !== undefined && valuesOf(order).every((axis, i) => axis === i);
}
