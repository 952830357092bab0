import type {Problem} from './problems.js';
import type {ReadRun} from './read-runs.js';

/**
 * Leaves out the copies among a submission's runs of a workload: those that have the id of an earlier one were begun at the same
 * moment with the same seed as the same trial, and so are the same run again.
 */
export function withoutCopies(runs: readonly ReadRun[]): {
  readonly runs: readonly ReadRun[];
  /** One for each copy. */
  readonly copies: readonly Problem[];
} {
  const firsts = new Map<string, ReadRun>();
  const copies: Problem[] = [];
  const kept = runs.filter((run) => {
    const {submission, workload, id, misplaced} = run;
    // What is misplaced is left out already, and hides no run in its proper place.
    if (id === undefined || misplaced !== undefined) return true;
    const key = JSON.stringify([submission, workload, id]);
    const first = firsts.get(key);
    if (first) copies.push(copyOf(run, first));
    else firsts.set(key, run);
    return first === undefined;
  });
  return {runs: kept, copies};
}

function copyOf({submission, workload, study, trial, path, id}: ReadRun, first: ReadRun): Problem {
  const what = `left out: a copy of ${first.path}, with the same id ${id}`;
  return {kind: 'copied', submission, workload, study: study || null, trial, what, path};
}
