import type {DrawnCycle, DrawnSchedule} from '../contract/index.js';
import {describeValue, SubmissionError, thrownText, UserError} from '../support/index.js';
import {requireNoRate} from './checks.js';

/**
 * What a submission gave `recorder.schedule`, read once, with a learning rate that says whose it is where it gives no number.
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
  const readCycles = Array.from(cycles, (cycle, i) => {
    const read = cycleIn(cycle);
    if (!read) throw wrong(`cycles[${i}]`, CYCLE, cycle);
    return read;
  });
  const readTurns = Array.isArray(turns) ? [...turns] : undefined;
  if (turns !== undefined && !readTurns?.every(Number.isFinite)) throw wrong('turns', 'a list of steps', turns);
  return {
    learningRate: (step) => checkedRate(learningRate, step, whose),
    totalSteps: totalSteps!,
    cycles: readCycles,
    ...(readTurns && {turns: readTurns}),
  };
}

const CYCLE = '{start, end, label} with steps start <= end and a string';

/** Its parts, read once; undefined: it is no cycle. */
function cycleIn(given: unknown): DrawnCycle | undefined {
  const {start, end, label} = Object(given) as DrawnCycle;
  const isCycle = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start <= end && typeof label === 'string';
  return isCycle ? {start, end, label} : undefined;
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
