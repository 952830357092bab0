export * from './candidates.js';
export * from './installed.js';
export * from './packages.js';
