import {loadSealed} from '../submissions/index.js';
import {answer, isModulePath} from '../support/index.js';
import {confirmEvaluations, type RequestedClaim} from '../verification/index.js';
import {onStopSignals} from './stop-signals.js';

/** The process that confirms what a run claims: see `createConfirmer`. It ends with the one that asked, and by no signal of a terminal. */
onStopSignals(true, {stop: () => {}, stopAtOnce: () => {}});
await answer(
  (task: RequestedClaim) => {
    const load = <T>(work: () => Promise<T>): Promise<T> =>
      isModulePath(task.workload) ? loadSealed(work, task.workload) : work();
    return confirmEvaluations(task, {load});
  },
  {remedies: []},
);
