import {loadSealed} from '../submissions/index.js';
import {answer} from '../support/index.js';
import {evaluateRun} from './evaluate-run.js';
import {examineRun} from './examine.js';
import {sampleRun} from './sample-run.js';
import type {VerificationTask} from './verify-run.js';

/** A run's code may be a user's. */
const load = <T>(work: () => Promise<T>): Promise<T> => loadSealed(work, 'the code of the run');

/** The process that verifies, evaluates or samples one run: its code is loaded in no other. */
await answer(async (task: VerificationTask) => {
  const {path} = task;
  if (task.kind === 'verify') return examineRun(path, {...task.options, load});
  return task.kind === 'evaluate'
    ? evaluateRun(path, {...task.options, load})
    : sampleRun(path, {...task.options, load});
});
