import type {Tensor} from '../../../contract/index.js';
import {type Binding, tensorflowBackend} from '../binding.js';
import type {GraphBuilder} from '../graph-builder.js';
import {attribute} from '../graph-def.js';
import type {GraphRecorder, GraphValue} from '../graph-recorder.js';
import type {TensorForm} from '../operation-results.js';
import {idWithoutValues} from '../without-values.js';

/** A recorded call whose graph can have loops. */
export interface LoopRecording {
  readonly graph: GraphBuilder;
  readonly recorder: Pick<GraphRecorder, 'define' | 'valueFor' | 'formOf'>;
}

const recordings = new WeakMap<Binding, LoopRecording>();

/** Lets operations that go through a recording's binding be loops. */
export function allowLoops(binding: Binding, recording: LoopRecording): void {
  recordings.set(binding, recording);
}

/** What a loop can be recorded into now; undefined where operations are executed, or the graph can't have any. */
export function currentRecording(): LoopRecording | undefined {
  return recordings.get(tensorflowBackend().binding);
}

/** A tensor in place of what a loop gives each of its steps. */
export function addArgument(recording: LoopRecording, {dtype, shape}: TensorForm): Tensor {
  const ref = addPlaceholder(recording, {dtype, shape});
  return tensorOf(recording, {ref, dtype, shape, isArgument: true, sharesInput: false});
}

/** Not that of any other placeholder. */
const ARGUMENT = 'argument';

/** The same without a tensor. @returns the node's name */
export function addPlaceholder({graph}: LoopRecording, {dtype, shape}: TensorForm): string {
  const attributes = {dtype: attribute.type(dtype), shape: attribute.shape(shape)};
  return graph.add('Placeholder', [], attributes, `${ARGUMENT}${graph.nodes.length}`);
}

/** Whether a node of this name stands for what a loop gives its steps. */
export function isArgument(name: string): boolean {
  return name.startsWith(ARGUMENT);
}

/** A tensor that stands for a value of the graph. */
export function tensorOf({recorder}: LoopRecording, value: GraphValue): Tensor {
  const id = idWithoutValues();
  recorder.define(id, value);
  return tensorflowBackend().createOutputTensor({id, dtype: value.dtype, shape: value.shape});
}

/** The value of the graph that a tensor stands for. */
export function graphValueOf({recorder}: LoopRecording, tensor: Tensor): GraphValue {
  return recorder.valueFor(tensorflowBackend().getInputTensorIds([tensor])[0]!, 'scan');
}
