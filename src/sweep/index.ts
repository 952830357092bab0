export * from './order.js';
export * from './plan.js';
export * from './pool.js';
export {readSweep, type Sweep} from './read-sweep.js';
export * from './results.js';
export type {NamedSetting} from './run-name.js';
export {sweepJsonSchema} from './schema.js';
export * from './sweep-folder.js';
export * from './work.js';
