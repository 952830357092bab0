import type {HostBatch, HostOutputs, NdArray} from '../contract/index.js';

/** The value of a scalar among a batch's outputs. @throws RangeError if there is none of that name or it is not a scalar */
export function scalarOf(outputs: HostOutputs, output: string, metric: string): number {
  const value = outputs[output];
  if (typeof value === 'number') return value;
  const {data, shape} = arrayOf(outputs, output, metric);
  if (data.length === 1) return data[0]!;
  throw new RangeError(`metric '${metric}' needs a scalar, but output '${output}' is of shape [${shape.join(', ')}]`);
}

/** An array among a batch's outputs. @throws RangeError if there is none of that name or it is not an array */
export function arrayOf(outputs: HostOutputs, output: string, metric: string): NdArray {
  const value = outputs[output];
  if (value === undefined)
    throw new RangeError(
      `metric '${metric}': the evaluation gives no output '${output}'; it gives ${namesOf(outputs)}`,
    );
  if (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value) return value as NdArray;
  throw new RangeError(`metric '${metric}' needs an array, but output '${output}' is not one`);
}

/** A list of texts among a batch's outputs. @throws RangeError if there is none of that name or it is not one */
export function textsOf(outputs: HostOutputs, output: string, metric: string): readonly string[] {
  const value = outputs[output];
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
  const found = value === undefined ? `the evaluation gives ${namesOf(outputs)}` : 'it is not one';
  throw new RangeError(`metric '${metric}' needs a list of texts as output '${output}', but ${found}`);
}

function namesOf(outputs: HostOutputs): string {
  return Object.keys(outputs).join(', ') || 'none at all';
}

/** The total of the batch's weights: how many examples, tokens or tasks count. */
export function totalWeight({weights}: HostBatch): number {
  let total = 0;
  for (const weight of weights!.data) total += weight;
  return total;
}
