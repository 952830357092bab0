export * from './adam.js';
export * from './optimizer.js';
export * from './registry.js';
export * from './sgd.js';
