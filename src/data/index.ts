export * from './array-source.js';
export * from './evaluation-batches.js';
export * from './fingerprint.js';
export * from './input-queue.js';
export * from './permutation.js';
