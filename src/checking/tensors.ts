import {recordTensors} from '../engine/index.js';
import {userPlace} from '../support/index.js';
import type {Finding} from './findings.js';
import type {Places} from './places.js';
import {type RehearsalOptions, rehearse} from './rehearsal.js';
import type {Notes} from './watch.js';

/** Steps are compiled in the first ones, which do not count. */
const FIRST_STEPS = 4;

/** Length of the run that traces where tensors are created. */
const TRACED_STEPS = 8;

/**
 * Looks for growth in the number of tensors from step to step, and for the line that creates them.
 * @param fresh - makes the options of another run
 */
export async function findLeak(
  {tensors}: Notes,
  fresh: () => Promise<RehearsalOptions>,
  places: Places,
): Promise<Finding[]> {
  const counts = tensors.slice(FIRST_STEPS);
  const growth = (counts.at(-1)! - counts[0]!) / (counts.length - 1);
  if (!(growth >= 0.5)) return [];
  const at = await originOfLeak(await fresh());
  return [
    {
      check: 'tensors',
      place: places.of(at, 'updateParams'),
      message: `each step leaks ${Math.round(growth)} tensor${Math.round(growth) === 1 ? '' : 's'}`,
      advice:
        'Compute in an entry, where the engine frees intermediate tensors; on the host, use `tf.tidy` or `dispose()`.',
    },
  ];
}

/** The first user code that creates tensors which outlive their step. */
async function originOfLeak(run: RehearsalOptions): Promise<Error | undefined> {
  const starts: number[] = [];
  const record = recordTensors();
  let left: Error[] = [];
  try {
    run.notes.beforeStep = () => void starts.push(record.made);
    const engineChange = (): undefined => undefined;
    const after = (): void => {
      left = record.left(starts[1] ?? 0, starts.at(-1) ?? 0);
    };
    await rehearse({...run, runtime: {...run.runtime, engineChange}, maxGlobalSteps: TRACED_STEPS, around: {after}});
  } finally {
    record.stop();
  }
  return left.find((error) => userPlace(error));
}
