import {bytesField, intField} from '../../../support/index.js';

/**
 * The passes of TensorFlow's graph optimizer that earn their time, in their order: leaving out what a run does not need, and making
 * one operation of a convolution or a product and what follows it. All others together make no step faster, and the first run of a
 * graph of thousands of nodes longer by seconds.
 */
const PASSES = ['pruning', 'remap'];

/** How TensorFlow runs the graphs of a session, as a `ConfigProto`. */
export function sessionConfig(): Buffer {
  const rewriterConfig = [intField(12, 1), ...PASSES.map((pass) => bytesField(100, pass))]; // meta_optimizer_iterations, optimizers
  const graphOptions = bytesField(10, Buffer.concat(rewriterConfig)); // rewrite_options
  return bytesField(10, graphOptions); // graph_options
}
