import type {Entry, NdArray, Program, TrainState} from '../contract/index.js';
import {compileEager} from './program.js';
import {compileGraph} from './tensorflow/graph-program.js';
import {tf} from './tf.js';

/**
 * A program over the engine that is open: on TensorFlow its entries are graphs, one call a step; elsewhere they run op by op.
 * @param initial - copied
 */
export function compile(initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}): Program {
  return tf.getBackend() === 'tensorflow' ? compileGraph(initial, entries) : compileEager(initial, entries);
}
