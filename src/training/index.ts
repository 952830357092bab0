export * from './clock.js';
export * from './evaluate.js';
export * from './run-options.js';
export * from './runtime.js';
export * from './start.js';
export * from './trial.js';
export * from './trial-types.js';
