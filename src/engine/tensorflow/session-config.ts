import {bytesField, intField} from '../../support/index.js';

/**
 * Nodes of an entry up to which TensorFlow's graph optimizer earns its time: it makes one operation of a convolution and what
 * follows it, and runs for seconds on long graphs. A transformer's step of 1,600 nodes takes no longer without it, and its first
 * run half as long beside the step itself.
 */
const MOST_OPTIMIZED_NODES = 1000;

/**
 * How TensorFlow runs a session's graphs, as a `ConfigProto`.
 * @param nodes - the number of the entry's nodes
 */
export function sessionConfig(nodes: number): Buffer {
  if (nodes <= MOST_OPTIMIZED_NODES) return Buffer.alloc(0);
  const rewriterConfig = intField(19, 1); // disable_meta_optimizer
  const graphOptions = bytesField(10, rewriterConfig); // rewrite_options
  return bytesField(10, graphOptions); // graph_options
}
