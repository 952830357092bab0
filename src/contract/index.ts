export * from './batch.js';
export * from './key.js';
export * from './ndarray.js';
export * from './program.js';
export * from './recorder.js';
export * from './submission.js';
export type {Tensor} from './tensor.js';
export * from './tree.js';
export * from './workload.js';
