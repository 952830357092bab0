export * from './bootstrap.js';
export * from './median.js';
