export {type Activity, type Clock, noTime, startClock, type Times} from './clock.js';
export * from './evaluate.js';
export * from './load-run.js';
export * from './run-options.js';
export * from './runtime.js';
export * from './start.js';
export * from './train.js';
export * from './trial.js';
export * from './trial-types.js';
