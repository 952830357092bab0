import type {CompositeCall, NamedTensors} from './composite-call.js';
import {compositeOnTensorflow} from './tensorflow/composites.js';
import {tf} from './tf.js';

/**
 * Computes a group of operations that an engine may run as one fused operation. The engine recognises it by its name; `plain`
 * defines the computation and the names of inputs, attributes and outputs.
 * @param plain - the operations, for every engine that has not got them as one
 */
export function composite<O extends NamedTensors>(call: CompositeCall, plain: () => O): O {
  const byOperations = (): O => tf.tidy(plain as never) as O;
  if (tf.getBackend() !== 'tensorflow') return byOperations();
  return compositeOnTensorflow(call, byOperations) as O;
}
