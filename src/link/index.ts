export * from './keyed-lines.js';
