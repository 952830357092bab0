/** What a submission or a workload of one's own needs, and the tool as a library. */
export * from './contract/index.js';
export * from './data/index.js';
export * from './engine/index.js';
export * from './metrics/index.js';
export * from './optimizers/index.js';
export * from './schedules/index.js';
export {DivergedError, SubmissionError, UserError} from './support/index.js';
export * from './training/index.js';
