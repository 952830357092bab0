export * from './evaluate-run.js';
export {type ExamineOptions, examineRun, type Verification} from './examine.js';
export {type CheckName, checkNames, type Finding} from './findings.js';
export type {LoadOptions} from './load-recorded.js';
export {evaluateRunAfresh, verifyRun} from './verify-run.js';
