export {type Confirmation, confirmEvaluations, type RequestedClaim} from './confirm.js';
export * from './evaluate-run.js';
export {type ExamineOptions, examineRun, type Verification} from './examine.js';
export {type CheckName, checkNames, type Finding} from './findings.js';
export type {LoadOptions} from './load-recorded.js';
export * from './options.js';
export {isDrawn, type PickOptions, pickToken} from './pick-token.js';
export {type SampledText, type SampleOptions, sampleRun} from './sample-run.js';
export {evaluateRunAfresh, sampleRunAfresh, verifyRun} from './verify-run.js';
