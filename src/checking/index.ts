export * from './check-submission.js';
export type {CheckName} from './findings.js';
export {type ProblemName, problemNames} from './problems/index.js';
