import {
  type Entry,
  type EntryResult,
  type ExampleField,
  type HostInput,
  type HostInputs,
  mapTree,
  type NdArray,
  type Tensor,
  type TensorInputs,
  type TrainState,
  type Tree,
} from '../../contract/index.js';
import {requireLeaf, requireOutput, requireResult, zipState} from '../entry-result.js';
import {tf} from '../tf.js';
import {assembleEntry, type EntryGraph, handleName, inputName, readName, sourceName} from './assemble.js';
import {type Binding, type TensorflowBackend, tensorflowBackend} from './binding.js';
import {type FoldedKey, foldKeysWhileRecording} from './folded-keys.js';
import {type RecordedAdam, recordedAdam} from './fused-adam.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';
import {createGraphRecorder, type GraphRecorder, type GraphValue} from './graph-recorder.js';
import {refusingDraws, refusingLateReads} from './host-calls.js';
import {allowLoops} from './loops/recording.js';
import type {OperationResults} from './operation-results.js';
import {addPick, type PickedRows} from './pick-rows.js';
import {withLongStacks} from './place.js';

/** The form of an input, or of a leaf of the state. */
export interface Form {
  readonly shape: readonly number[];
  readonly dtype: NdArray['dtype'];
}

export interface TracedEntry {
  readonly entry: Entry;
  readonly name: string;
  /** The state's structure: the numbers of its leaves in `leavesOf`'s order. Each becomes a variable of that number. */
  readonly template: Tree<number>;
  /** The state's leaves, by number. */
  readonly forms: readonly Form[];
  /** Only their structure matters. */
  readonly inputs: HostInputs;
}

export interface TraceOptions extends TracedEntry {
  /** Ids of tensors of the state's forms, by leaf number. They are disposed of. */
  readonly state: readonly number[];
  /** The inputs' leaves in `leavesOf`'s order. */
  readonly inputForms: readonly InputForm[];
  /** The graph that it is recorded into, with nothing in it. */
  readonly builder: GraphBuilder;
  /** Where the results of its operations come from. */
  readonly results: OperationResults;
}

/** A leaf of the inputs as the recorded call gets it. */
export interface InputForm extends Form {
  /** A tensor of its form. It is disposed of. */
  readonly id: number;
  /** The array that it is rows of, where the graph is to pick them. */
  readonly source: ExampleField | undefined;
}

/** A value that the graph takes from outside. */
export interface Feed {
  readonly node: string;
  /** Number of the inputs' leaf that it comes from. */
  readonly leaf: number;
  /** Of a leaf that is rows of an array: whether this is the array, or the rows' numbers. */
  readonly isSource: boolean;
}

/** An entry as a graph, for inputs of certain shapes. */
export interface Trace extends EntryGraph {
  /** In the order of the leaves; an input that nothing depends on is left out. */
  readonly feeds: readonly Feed[];
  /** Keys that the host folds: further leaves, whose numbers follow those of the inputs. */
  readonly foldedKeys: readonly FoldedKey[];
}

/**
 * Calls the entry once and records its operations.
 * @throws UserError naming operation and line, if the entry does what a graph can't
 * @throws SubmissionError naming the leaf, if the state that the entry gives is not of the form of the one that it gets
 */
export function traceEntry(options: TraceOptions): Trace {
  const backend = tensorflowBackend();
  const {binding} = backend;
  const {builder, results} = options;
  const recorder = createGraphRecorder(binding, builder, results);
  const state = defineVariables(options, recorder, builder, backend);
  const inputs = defineInputs(options, recorder, builder, backend);
  const foldedKeys = foldKeysWhileRecording({
    recorder,
    builder,
    keys: options.inputForms.flatMap((form, leaf) => (isKey(form) ? [{leaf, id: form.id}] : [])),
    placeholder: (i) => inputName(options.inputForms.length + i),
  });
  const idOf = (tensor: Tensor): number => backend.getInputTensorIds([tensor])[0]!;
  const adams: RecordedAdam[] = [];
  const composed: Binding['composed'] = (call, outputs) => {
    const adam = recordedAdam(call, outputs, (tensor) => recorder.valueFor(idOf(tensor), call.name));
    if (adam) adams.push(adam);
  };
  Object.assign(recorder.binding, {composed});
  if (results.canLoop) allowLoops(recorder.binding, {graph: builder, recorder});
  let graph: EntryGraph | undefined;
  const call = (): void => {
    const result = requireResult(options.entry(state as unknown as TrainState<Tensor>, inputs), options.name);
    const next = nextState(options, result, (tensor, user) => recorder.valueFor(idOf(tensor), user));
    const outputs = Object.entries(result.outputs).map(([name, tensor]) => ({
      name,
      value: recorder.valueFor(idOf(requireOutput(tensor, options.name, name)), `output '${name}'`),
    }));
    const {instructions, rowSums} = recorder;
    graph = assembleEntry(builder, {next, outputs, adams, instructions, rowSums});
  };
  backend.binding = recorder.binding;
  try {
    // The scope frees what is left of the call, its results among it.
    withLongStacks(() => refusingDraws(() => refusingLateReads(backend, () => tf.tidy(call))));
  } finally {
    backend.binding = binding;
    results.dispose();
    tf.dispose([state, inputs] as never);
  }
  const present = new Set(graph!.nodes.map(({name}) => name));
  const feeds = [...options.inputForms, ...foldedKeys].flatMap((_, leaf) => [
    {node: inputName(leaf), leaf, isSource: false},
    {node: sourceName(leaf), leaf, isSource: true},
  ]);
  return {...graph!, feeds: feeds.filter(({node}) => present.has(node)), foldedKeys};
}

function isKey({shape, dtype, source}: InputForm): boolean {
  return dtype === 'int32' && shape.length === 1 && shape[0] === 2 && source === undefined;
}

function defineVariables(
  {template, forms, state}: TraceOptions,
  recorder: GraphRecorder,
  builder: GraphBuilder,
  backend: TensorflowBackend,
): Tree<Tensor> {
  return mapTree<number, Tensor>(template, (variable) => {
    const {shape, dtype} = forms[variable]!;
    const [id, type, handle] = [state[variable]!, dataTypes[dtype], handleName(variable)];
    const [typed, shaped] = [attribute.type(type), attribute.shape(shape)];
    const [container, sharedName] = [attribute.string(''), attribute.string(handle)];
    builder.add('VarHandleOp', [], {dtype: typed, shape: shaped, container, shared_name: sharedName}, handle);
    const ref = builder.add('ReadVariableOp', [handle], {dtype: typed}, readName(variable));
    recorder.define(id, {ref, dtype: type, shape, variable, sharesInput: false});
    return backend.createOutputTensor({id, dtype: type, shape});
  });
}

function defineInputs(
  {inputs, inputForms}: TraceOptions,
  recorder: GraphRecorder,
  builder: GraphBuilder,
  backend: TensorflowBackend,
): TensorInputs {
  let next = 0;
  return mapTree<HostInput, Tensor>(inputs, () => {
    const form = inputForms[next]!;
    const {id, shape, dtype, source} = form;
    const type = dataTypes[dtype];
    const picked = source
      ? addPick(builder, pickedRows(builder, next, form, source), source, backend.binding)
      : {ref: addPlaceholder(builder, inputName(next), form)};
    next += 1;
    recorder.define(id, {...picked, dtype: type, shape, isInput: true, sharesInput: source === undefined});
    return backend.createOutputTensor({id, dtype: type, shape});
  }) as TensorInputs;
}

function addPlaceholder(
  builder: GraphBuilder,
  name: string,
  {shape, dtype}: Pick<ExampleField, 'shape' | 'dtype'>,
): string {
  return builder.add('Placeholder', [], {dtype: attribute.type(dataTypes[dtype]), shape: attribute.shape(shape)}, name);
}

/** A dimension that a graph does not fix. */
const ANY = -1;

/** An array that is fed whole, without a copy, at every call; the numbers of its rows are the input. */
function pickedRows(builder: GraphBuilder, leaf: number, {shape}: Form, source: ExampleField): PickedRows {
  return {
    source: addPlaceholder(builder, sourceName(leaf), {...source, shape: [ANY, ...source.shape.slice(1)]}),
    rows: addPlaceholder(builder, inputName(leaf), {shape: [shape[0]!], dtype: 'int32'}),
  };
}

type ValueFor = (tensor: Tensor, user: string) => GraphValue;

/** What each variable becomes, by number. */
function nextState({name, template, forms}: TraceOptions, result: EntryResult, valueFor: ValueFor): GraphValue[] {
  const next: GraphValue[] = [];
  zipState<number>(template, result, name, (variable, tensor, path) => {
    const leaf = requireLeaf(tensor, {entry: name, path, form: forms[variable]!});
    next[variable] = valueFor(leaf, `'${path}' of the state`);
  });
  return next;
}
