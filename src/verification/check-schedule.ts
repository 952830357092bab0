import {FILES, firstSchedule, type ScheduleRow} from '../runs/index.js';
import {count} from '../support/index.js';
import {type EvaluatedRun, plannedSchedule} from './evaluate-checkpoint.js';
import {type Finding, passedUnless} from './findings.js';
import type {RecordedRun} from './recorded-run.js';

/** What the last digit of a cosine may differ by between machines. */
const RELATIVE = 1e-12;

/** Whether the schedule that the run began with is the one that its config gives. */
export async function checkSchedule({path}: RecordedRun, evaluated: EvaluatedRun): Promise<Finding[]> {
  const planned = await plannedSchedule(evaluated);
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
