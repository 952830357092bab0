export * from './clock.js';
export * from './evaluate.js';
export * from './input-queue.js';
export * from './start.js';
export * from './targets.js';
export * from './trial.js';
