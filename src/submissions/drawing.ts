import type {DrawnCycle, DrawnSchedule} from '../contract/index.js';
import {describeValue, SubmissionError, thrownText, UserError} from '../support/index.js';
import {requireNoRate} from './checks.js';

/**
 * What a submission gave `recorder.schedule`, with a learning rate that says whose it is where it gives no number.
 * @param whose - the submission's name or file
 * @throws SubmissionError naming what is missing or of another kind
 */
export function checkedDrawing(drawing: DrawnSchedule, whose: string): DrawnSchedule {
  const {learningRate, totalSteps, cycles, turns} = Object(drawing) as Partial<DrawnSchedule>;
  const wrong = (name: string, allowed: string, given: unknown) =>
    new SubmissionError(`recorder.schedule: ${name} must be ${allowed}, found ${describeValue(given)}`);
  requireNoRate(Object(drawing) as object, 'recorder.schedule');
  if (typeof learningRate !== 'function') throw wrong('learningRate', 'a function of the step', learningRate);
  if (!Number.isSafeInteger(totalSteps) || totalSteps! < 1)
    throw wrong('totalSteps', 'an integer of at least 1', totalSteps);
  if (!Array.isArray(cycles)) throw wrong('cycles', 'a list of {start, end, label}', cycles);
  for (const [i, cycle] of cycles.entries()) if (!isCycle(cycle)) throw wrong(`cycles[${i}]`, CYCLE, cycle);
  if (turns !== undefined && !(Array.isArray(turns) && turns.every(Number.isFinite)))
    throw wrong('turns', 'a list of steps', turns);
  return {...drawing, learningRate: (step) => checkedRate(learningRate, step, whose)};
}

const CYCLE = '{start, end, label} with steps start <= end and a string';

function isCycle(cycle: unknown): boolean {
  const {start, end, label} = Object(cycle) as Partial<DrawnCycle>;
  return Number.isSafeInteger(start) && Number.isSafeInteger(end) && start! <= end! && typeof label === 'string';
}

function checkedRate(learningRate: DrawnSchedule['learningRate'], step: number, whose: string): number {
  let value: unknown;
  try {
    value = learningRate(step);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${whose}: recorder.schedule: learningRate(${step}) failed: ${thrownText(cause)}`, {cause});
  }
  if (Number.isFinite(value)) return value as number;
  throw new UserError(
    `${whose}: recorder.schedule: learningRate(${step}) must be a finite number, found ${describeValue(value)}`,
  );
}
