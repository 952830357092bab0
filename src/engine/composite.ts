import type {CompositeCall, NamedTensors} from './composite-call.js';
import {compositeOnTensorflow} from './tensorflow/composites.js';
import {tf} from './tf.js';

/**
 * Computes what several operations give that belong together, which an engine may do as one of its own. It knows them by their name;
 * what they compute, and what inputs, attributes and outputs are called, is `plain`'s.
 * @param plain - the operations, for every engine that has not got them as one
 */
export function composite<O extends NamedTensors>(call: CompositeCall, plain: () => O): O {
  const byOperations = (): O => tf.tidy(plain as never) as O;
  if (tf.getBackend() !== 'tensorflow') return byOperations();
  return compositeOnTensorflow(call, byOperations) as O;
}
