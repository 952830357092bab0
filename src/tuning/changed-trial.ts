import {UserError} from '../support/index.js';
import {ChangedRunError} from '../training/index.js';

/** What differs in a trial from what it was started with, and what can be done about it where trials are run; other errors as they are. */
export function ofTrials(error: unknown): unknown {
  if (!(error instanceof ChangedRunError)) return error;
  const {difference, isOfCode} = error;
  const goOn = isOfCode
    ? ', or continue with the changed code by --with-changed-submission, which makes their times not official'
    : '';
  const remedy = `Bring back what the trials were started with, begin new ones by another --experiment-name or by --overwrite${goOn}.`;
  return new UserError(`${difference}\n${remedy}`, {cause: error});
}
