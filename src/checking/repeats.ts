import {isDeepStrictEqual} from 'node:util';
import {differenceOf} from './compare.js';
import {findingsOfFailure} from './failure.js';
import type {Finding} from './findings.js';
import type {Places} from './places.js';
import {differenceBetween, type Moment, type Rehearsal, type RehearsalOptions, rehearse} from './rehearsal.js';

/** The latest checkpoint of a run before its end, or undefined. */
export function halfOf({moments, globalStep}: Rehearsal): Moment | undefined {
  return moments.findLast((moment) => moment.globalStep < globalStep);
}

/**
 * Makes a run again with fresh copies of the submission: one to the checkpoint, and one that resumes there. If the second one differs, another
 * whole run tells whether resuming is the reason.
 * @param half - a checkpoint of the whole run
 */
export async function repeatFindings(
  whole: Rehearsal,
  half: Moment,
  fresh: () => Promise<RehearsalOptions>,
  places: Places,
): Promise<Finding[]> {
  const begun = await rehearse({...(await fresh()), maxGlobalSteps: half.globalStep});
  const early = differenceAt(half, begun);
  if (early !== undefined) return [notRepeated(early, places)];
  const resumed = await attempt(async () => rehearse({...(await fresh()), from: half}));
  const difference = resumed instanceof Error ? undefined : differenceBetween(whole, resumed);
  if (!(resumed instanceof Error) && difference === undefined) return [];
  const late = differenceBetween(whole, await rehearse(await fresh()));
  if (late !== undefined) return [notRepeated(late, places)];
  if (resumed instanceof Error)
    return findingsOfFailure(resumed, 'resumes', places).map((finding) => ({...finding, advice: RESUME}));
  const message = `a run resumed from the checkpoint after step ${half.globalStep} differs from an uninterrupted one: ${difference}`;
  return [{check: 'resumes', place: places.of(undefined, 'save'), message, advice: RESUME}];
}

function differenceAt({state, metadata, globalStep}: Moment, {state: other, saved}: Rehearsal): string | undefined {
  const difference = differenceOf(state, other);
  if (difference !== undefined) return `${difference} after step ${globalStep}`;
  const {submission} = (metadata as {readonly position: {readonly submission: unknown}}).position;
  return isDeepStrictEqual(submission, saved) ? undefined : `save() returns something else after step ${globalStep}`;
}

function notRepeated(difference: string, places: Places): Finding {
  return {
    check: 'repeats',
    place: places.of(undefined, ...NOT_REPEATABLE),
    message: `two runs from the same seed differ: ${difference}`,
    advice: 'Draw random numbers from `key` (`foldIn`, `split`, `uniform`), and let nothing depend on the time.',
  };
}

/** The usual reasons for differences between runs. */
const NOT_REPEATABLE = ['Math.random', 'Date.now', 'performance.now', 'Date', 'randomBytes', 'randomUUID'];

const RESUME =
  'Return all host state that affects the steps from `save()`, as plain data, and restore it from `saved` in initOptimizerState; ' +
  "keep tensors in `init` and the entries' state, and no state in module variables.";

async function attempt<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return error as Error;
  }
}
