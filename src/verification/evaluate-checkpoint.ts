import type {DrawnSchedule, RunEntry} from '../contract/index.js';
import {schedulePoints} from '../plots/index.js';
import type {ReadCheckpoint, ScheduleRow} from '../runs/index.js';
import {checkedDrawing} from '../submissions/index.js';
import {entryRunner, prepare, type RunOptions, type Runtime, type TrialSource} from '../training/index.js';

/** What a checkpoint is evaluated in and with. */
export interface EvaluatedRun {
  readonly runtime: Runtime;
  readonly options: RunOptions;
  /** Default: all splits. */
  readonly splits?: readonly string[] | undefined;
}

/**
 * The metrics of a checkpoint by `split/name`: the workload's own evaluation of the parameters that the submission gives for it.
 */
export async function evaluateCheckpoint(
  run: EvaluatedRun,
  checkpoint: ReadCheckpoint,
): Promise<{readonly [name: string]: number}> {
  const trial = await prepare(sourceOf(run, checkpoint, () => {}));
  try {
    return (await trial.evaluate())!;
  } finally {
    trial.program.dispose();
  }
}

/** Does something with a checkpoint's model, as the workload's evaluation has it. */
export async function withCheckpoint<T>(
  run: EvaluatedRun,
  checkpoint: ReadCheckpoint,
  work: (run: RunEntry) => T,
): Promise<T> {
  const {program} = await prepare(sourceOf(run, checkpoint, () => {}));
  try {
    return work(entryRunner({program}));
  } finally {
    program.dispose();
  }
}

/** The schedule that the run's config gives at its beginning; undefined where the submission has none. */
export async function plannedSchedule(run: EvaluatedRun): Promise<ScheduleRow[] | undefined> {
  let drawn: DrawnSchedule | undefined;
  const trial = await prepare(
    sourceOf(run, undefined, (drawing) => {
      drawn ??= checkedDrawing(drawing, run.options.loaded.config.submission);
    }),
  );
  trial.program.dispose();
  return drawn && schedulePoints(drawn);
}

function sourceOf(
  {runtime, options, splits}: EvaluatedRun,
  checkpoint: ReadCheckpoint | undefined,
  onSchedule: (drawing: DrawnSchedule) => void,
): TrialSource {
  const nothing = (): void => {};
  const schedule = (drawing: DrawnSchedule): number => {
    onSchedule(drawing);
    return 0;
  };
  return {
    ...runtime,
    options,
    splits,
    folder: {checkpoint, seed: options.rngSeed!},
    evaluations: [],
    profiler: undefined,
    record: {
      recorder: {schedule, scalars: nothing, event: nothing, row: nothing},
      event: nothing,
      flush: async () => {},
      evaluation: async () => {},
      checkpoint: async () => {},
    },
  };
}
