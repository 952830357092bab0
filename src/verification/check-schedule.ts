import type {DrawnSchedule} from '../contract/index.js';
import {schedulePoints} from '../plots/index.js';
import {FILES, firstSchedule, type ScheduleRow} from '../runs/index.js';
import {checkedDrawing} from '../submissions/index.js';
import {count} from '../support/index.js';
import {prepare, type RunOptions, type Runtime, silentRecord} from '../training/index.js';
import {type Finding, passedUnless} from './findings.js';
import type {RecordedRun} from './recorded-run.js';

/** What the last digit of a cosine may differ by between machines. */
const RELATIVE = 1e-12;

/** A run with its submission, which draws the schedule. */
interface ScheduledRun {
  readonly runtime: Runtime;
  readonly options: RunOptions;
}

/** The schedule that the run's config gives at its beginning; undefined where the submission has none. */
async function plannedSchedule({runtime, options}: ScheduledRun): Promise<ScheduleRow[] | undefined> {
  let drawn: DrawnSchedule | undefined;
  const schedule = (drawing: DrawnSchedule): number => {
    drawn ??= checkedDrawing(drawing, options.loaded.config.submission);
    return 0;
  };
  const trial = await prepare({
    ...runtime,
    options,
    folder: {checkpoint: undefined, seed: options.rngSeed!},
    evaluations: [],
    profiler: undefined,
    record: {...silentRecord, recorder: {...silentRecord.recorder, schedule}},
  });
  trial.program.dispose();
  return drawn && schedulePoints(drawn);
}

/** Whether the schedule that the run began with is the one that its config gives. */
export async function checkSchedule({path}: RecordedRun, scheduled: ScheduledRun): Promise<Finding[]> {
  const planned = await plannedSchedule(scheduled);
  const recorded = firstSchedule(path);
  if (planned === undefined && recorded.length === 0)
    return passedUnless('schedule', [], 'the submission has no schedule');
  const problem = differenceOf(planned ?? [], recorded);
  return passedUnless(
    'schedule',
    problem ? [problem] : [],
    `${count(recorded.length)} learning rates are as the config gives them`,
  );
}

function differenceOf(planned: readonly ScheduleRow[], recorded: readonly ScheduleRow[]): string | undefined {
  if (planned.length !== recorded.length)
    return `${FILES.schedule} begins with ${count(recorded.length)} learning rates, and the config gives ${count(planned.length)}`;
  const i = planned.findIndex((row, n) => !isSame(row, recorded[n]!));
  if (i < 0) return undefined;
  const {step, value} = recorded[i]!;
  return `${FILES.schedule}: the learning rate at step ${count(step)} is ${value}, and by the config ${planned[i]!.value} at step ${count(planned[i]!.step)}`;
}

function isSame(a: ScheduleRow, b: ScheduleRow): boolean {
  const isSameValue = Object.is(a.value, b.value) || Math.abs(a.value - b.value) <= RELATIVE * Math.abs(a.value);
  return a.step === b.step && a.cycle === b.cycle && isSameValue;
}
