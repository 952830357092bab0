export * from './allowed-text.js';
export * from './checked-options.js';
export * from './kinds.js';
