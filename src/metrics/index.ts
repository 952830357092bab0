export * from './names.js';
export * from './target.js';
