export * from './read-search-space.js';
export * from './search-space.js';
export * from './trial-seed.js';
