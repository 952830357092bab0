export * from './plan.js';
export {readSweep, type Sweep} from './read-sweep.js';
export type {NamedSetting} from './run-name.js';
export {sweepJsonSchema} from './schema.js';
