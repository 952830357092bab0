import type {Tensor} from '../contract/index.js';
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

function isTensor(value: unknown): boolean {
  return value instanceof tf.Tensor;
}

function namesOf(params: object): string {
  return Object.keys(params).join(', ') || 'none';
}
