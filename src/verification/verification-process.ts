import {loadSealed} from '../submissions/index.js';
import {answer} from '../support/index.js';
import {evaluateRun} from './evaluate-run.js';
import {examineRun} from './examine.js';
import type {VerificationTask} from './verify-run.js';

/** A run's code may be a user's. */
const load = <T>(work: () => Promise<T>): Promise<T> => loadSealed(work, 'the code of the run');

/** The process that verifies or evaluates one run: its code is loaded in no other. */
await answer(async ({kind, path, options}: VerificationTask) =>
  kind === 'verify' ? examineRun(path, {...options, load}) : evaluateRun(path, {...options, load}),
);
