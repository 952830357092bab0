import {sealProcess} from '../submissions/index.js';
import {answer} from '../support/index.js';
import {evaluateRun} from './evaluate-run.js';
import {examineRun} from './examine.js';
import type {VerificationTask} from './verify-run.js';

/** The process that verifies or evaluates one run: its code is loaded in no other. */
await answer(async ({kind, path, options}: VerificationTask) =>
  kind === 'verify'
    ? examineRun(path, {...options, load: loadSealed})
    : evaluateRun(path, {...options, load: loadSealed}),
);

/** Loads a run's code, which may be a user's, in a process that is made proof against it. */
async function loadSealed<T>(work: () => Promise<T>): Promise<T> {
  const requireOwnEngine = sealProcess();
  const loaded = await work();
  requireOwnEngine('the code of the run');
  return loaded;
}
