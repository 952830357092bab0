import {loadSealed} from '../submissions/index.js';
import {answer} from '../support/index.js';
import {type EvaluatedCheckpoint, evaluateRun} from './evaluate-run.js';
import {examineRecord, examineSubmission} from './examine.js';
import {OWN_CODE_REMEDY} from './findings.js';
import {sampleRun} from './sample-run.js';
import type {EvaluatedInText, VerificationTask} from './verify-run.js';

/** A run's code may be a user's. */
const load = <T>(work: () => Promise<T>): Promise<T> => loadSealed(work, 'the code of the run');

/** With the metrics as text: JSON has no numbers that are not finite. */
function inText({metrics, ...evaluated}: EvaluatedCheckpoint): EvaluatedInText {
  const texts = Object.entries(metrics).map(([name, value]) => [name, String(value)]);
  return {...evaluated, metrics: Object.fromEntries(texts)};
}

/** The process that verifies, evaluates or samples one run: its code is loaded in no other. */
await answer(
  (task: VerificationTask): Promise<unknown> => {
    const {path} = task;
    switch (task.kind) {
      case 'record':
        return examineRecord(path, {...task.options, load});
      case 'submission':
        return examineSubmission(path, {...task.options, load});
      case 'evaluate':
        return evaluateRun(path, {...task.options, load}).then(inText);
      case 'sample':
        return sampleRun(path, {...task.options, load});
    }
  },
  {remedies: [OWN_CODE_REMEDY]},
);
