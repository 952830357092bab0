import type {DType, Tensor} from '../../contract/index.js';
import type {CompositeCall, NamedTensors} from '../composite-call.js';
import {tf} from '../tf.js';
import type {GraphFunction, GraphNode} from './graph-def.js';

/** A tensor of TensorFlow's, outside tfjs. */
export interface TensorInfo {
  readonly id: number;
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** An attribute of an operation as tfjs-node hands it over; `type` is one of the binding's `TF_ATTR_` numbers. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds depends on `type`
  readonly value: any;
}

/** Memory of the host that a tensor can be made of. */
export type HostData = Float32Array | Int32Array | Uint8Array;

/** The native addon's functions, as far as the engine calls or replaces them. */
export interface Binding {
  /** Shares `values`' memory where it begins at a multiple of 64 bytes, else copies it. @returns the tensor's id */
  createTensor(shape: readonly number[], dtype: number, values: HostData): number;
  deleteTensor(id: number): void;
  /** A copy of the values. */
  tensorDataSync(id: number): HostData;
  executeOp(op: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): TensorInfo[];
  /** @returns the session's id */
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  /** @param inputNames, outputNames - joined by commas: `name:0,other:0` */
  runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): TensorInfo[];
  getNumOfTensors(): number;
  /** Whether TensorFlow sees a GPU, on which it then computes whatever has a kernel for it. */
  isUsingGpuDevice(): boolean;
  /** While an entry is recorded: `foldIn` of a key, int32 [2], by its id. */
  foldIn?(key: number, n: number): TensorInfo;
  /** While an entry is recorded: takes note of a composite that was computed by its own operations. */
  composed?(call: CompositeCall, outputs: NamedTensors): void;
  /** While an entry is recorded: whether element-wise operations may be fused from now on. @returns the setting before */
  setFusing?(isFusing: boolean): boolean;
}

/** What our addon has beside tfjs-node's functions: sessions on graphs that grow. What it gives out is freed by the garbage collector. */
export interface GraphFunctions {
  /** An empty graph, and a session on it. @param config - an encoded `ConfigProto` */
  openSession(config: Uint8Array): object;
  /** Frees graph, session and variables at once. */
  closeSession(session: object): void;
  /** Adds a node. @returns the forms of its outputs. @throws Error if TensorFlow does not accept it */
  addNode(session: object, node: GraphNode): OutputForm[];
  /** Tells the shapes of a node's outputs, where TensorFlow infers none. */
  setShapes(session: object, node: string, shapes: readonly (readonly number[])[]): void;
  /** Makes nodes of the graph the body of a function, which the graph can use from then on. */
  addFunction(session: object, made: GraphFunction): void;
  prepareRun(session: object, run: DescribedRun): object;
  /** @param values - of the feeds; a source, or an array whose memory begins at a multiple of 64 bytes, is not copied. @returns what is fetched, copied */
  callRun(run: object, values: readonly (HostData | object)[]): HostData[];
  /** Runs `from`, and feeds what it fetches to `to`, without copying. */
  handOver(from: object, to: object): void;
  /** The kernels of an operation that the library has, as a `KernelList`. */
  kernelsOf(op: string): Uint8Array;
  /** A tensor that is fed again and again. @param values - has to be kept, as it is */
  createSource(dtype: number, shape: readonly number[], values: HostData): object;
}

/** What our addon draws on the host. */
export interface DrawFunctions {
  /**
   * Fills `values` with the numbers of the normal distribution that `normal` and `truncatedNormal` draw, the same to the bit.
   * @param key - its two words
   * @param bounds - the least uniform number and how far they reach, the least and the largest result
   */
  drawNormals(key: Uint32Array, bounds: Float64Array, values: Float32Array): void;
}

/** The addon's functions for drawing; undefined for the addon of an npm package. */
export function drawFunctions(binding: Binding): DrawFunctions | undefined {
  const {drawNormals} = binding as Partial<DrawFunctions>;
  return drawNormals && (binding as Binding & DrawFunctions);
}

/** What is fed, fetched and run at a call. Nodes are named as they are in the graph. */
export interface DescribedRun {
  readonly feeds: readonly {readonly node: string; readonly shape: readonly number[]}[];
  /** `node` or `node:1`. */
  readonly fetches: readonly string[];
  /** Nodes that are run for what they do. */
  readonly targets: readonly string[];
  /** Whether what is fed is copied in any case. */
  readonly copies: boolean;
}

/** What is known of an output's form: a shape or a dimension that is not is undefined or -1. */
export interface OutputForm {
  readonly dtype: number;
  readonly shape?: readonly number[];
}

/** The addon's functions for sessions; undefined for the addon of an npm package. */
export function graphFunctions(binding: Binding): GraphFunctions | undefined {
  const {openSession} = binding as Partial<GraphFunctions>;
  return openSession && (binding as Binding & GraphFunctions);
}

/** The addon's numbers of attribute kinds (`TF_AttrType` in TensorFlow's C API). */
export const attributeKinds = Object.freeze({string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5} as const);

/** tfjs-node's backend, as far as the engine looks into it. */
export interface TensorflowBackend {
  /** Replaced while an entry is recorded: the addon's own object has read-only members. */
  binding: Binding;
  getInputTensorIds(tensors: readonly {readonly dataId: object}[]): number[];
  createOutputTensor(info: TensorInfo): Tensor;
  /** What a tensor's `data()` calls; replaced while an entry is recorded. */
  read(dataId: object): Promise<HostData>;
  readSync(dataId: object): HostData;
}

/** The backend that is open. @throws Error if it isn't TensorFlow's */
export function tensorflowBackend(): TensorflowBackend {
  if (tf.getBackend() !== 'tensorflow') throw new Error(`the engine is '${tf.getBackend()}', not 'tensorflow'`);
  return tf.backend() as unknown as TensorflowBackend;
}

/** The contract's name of a TensorFlow type. @throws Error if it has none */
export function dtypeOf(dataType: number): DType {
  if (dataType === 1) return 'float32';
  if (dataType === 3) return 'int32';
  if (dataType === 10) return 'bool';
  throw new Error(`tensors of TensorFlow's type ${dataType} can't leave the graph, only float32, int32 and bool`);
}
