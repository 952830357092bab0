import {formOf, type Tensor} from '../contract/index.js';
import {describeValue} from '../support/index.js';
import {tf} from './tf.js';

/**
 * A layer's parameters, or its running statistics, by name.
 * @throws RangeError naming the layer and what is missing or no tensor, with the names that were given
 */
export function requireParams<Name extends string>(
  layer: string,
  params: {readonly [name in Name]: Tensor},
  names: readonly Name[],
): void {
  const given: unknown = params;
  if (typeof given !== 'object' || given === null)
    throw new RangeError(`${layer}: expected tensors {${names.join(', ')}}; found ${describeValue(given)}`);
  const wrong = names.find((name) => !isTensor(params[name]));
  if (wrong === undefined) return;
  const found = wrong in params ? describeValue(params[wrong]) : `it is missing, there are: ${namesOf(params)}`;
  throw new RangeError(`${layer}: ${wrong} must be a tensor; ${wrong in params ? 'found ' : ''}${found}`);
}

/** @throws RangeError naming the layer and what of its inputs is no tensor */
export function requireTensors(layer: string, inputs: {readonly [name: string]: unknown}): void {
  for (const [name, value] of Object.entries(inputs))
    if (!isTensor(value)) throw new RangeError(`${layer}: ${name} must be a tensor; found ${describeValue(value)}`);
}

/** The same of inputs that may be left out. */
export function requireTensorsIfGiven(layer: string, inputs: {readonly [name: string]: unknown}): void {
  requireTensors(layer, Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined)));
}

/** The dimensions of sequences, float32 [batch, steps, values]. @throws RangeError if they are of another form */
export function sequences(layer: string, inputs: Tensor): [batch: number, steps: number, width: number] {
  if (inputs.rank === 3 && inputs.dtype === 'float32') return inputs.shape as [number, number, number];
  throw new RangeError(`${layer}: inputs must be float32 [batch, steps, values]; found ${formOf(inputs)}`);
}

/** The form that a tensor must have. */
type Required = readonly [tensor: Tensor, shape: readonly number[], dtype?: 'float32' | 'int32'];

/** @throws RangeError naming the layer and which of its tensors is of another form; float32 where no dtype is named */
export function requireForms(layer: string, tensors: {readonly [name: string]: Required}): void {
  for (const [name, [tensor, shape, dtype = 'float32']] of Object.entries(tensors)) {
    const [form, found] = [formOf({shape, dtype}), formOf(tensor)];
    if (form !== found) throw new RangeError(`${layer}: ${name} must be ${form}; found ${found}`);
  }
}

function isTensor(value: unknown): boolean {
  return value instanceof tf.Tensor;
}

function namesOf(params: object): string {
  return Object.keys(params).join(', ') || 'none';
}
