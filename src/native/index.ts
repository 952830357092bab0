export * from './candidates.js';
export * from './gpu.js';
export * from './installed.js';
export * from './packages.js';
