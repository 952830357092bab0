import {ADAMW, type CompositeCall, type NamedTensors} from '../composite-call.js';
import {adamwOperation} from './adamw-operation.js';
import {tensorflowBackend} from './binding.js';

/**
 * A composite as one of the addon's operations, or else by its own; a recording takes note of these, and may have a kernel for them.
 * @param plain - computes it by its own operations
 */
export function compositeOnTensorflow(call: CompositeCall, plain: () => NamedTensors): NamedTensors {
  const whole = call.name === ADAMW ? adamwOperation(call) : undefined;
  if (whole) return whole;
  const outputs = plain();
  tensorflowBackend().binding.composed?.(call, outputs);
  return outputs;
}
