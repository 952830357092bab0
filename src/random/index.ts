export * from './threefry.js';
