import type {Recorder} from '../contract/index.js';
import {describeValue, SubmissionError} from '../support/index.js';
import {requireJson} from './checks.js';
import {checkedDrawing} from './drawing.js';

/** Names that the tool itself uses in a run's folder: a submission can't use them. */
export interface ReservedNames {
  /** Tables, without `.csv`. */
  readonly tables: readonly string[];
  /** Columns of `measurements.csv`. */
  readonly scalars: readonly string[];
  readonly events: readonly string[];
}

/** Names of files and events. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const NAME_IN_WORDS = 'letters, digits, `_`, `-` and `.`, at most 100, no `.` or `-` first';

/** Names of columns: what would break a table's line is no part of them. */
const COLUMN = /^[^\p{Cc}]{1,100}$/u;

/**
 * A recorder whose calls check what they are given, and keep a copy of it.
 * @param whose - the submission's name or file
 * @throws SubmissionError at the call, naming what is of another kind, or reserved
 */
export function checkedRecorder(recorder: Recorder, reserved: ReservedNames, whose: string): Recorder {
  return Object.freeze<Recorder>({
    schedule: (drawing) => recorder.schedule(checkedDrawing(drawing, whose)),
    scalars(globalStep, values) {
      requireStep('scalars', globalStep);
      const cells = requireCells('scalars', values, ['number'], reserved.scalars);
      recorder.scalars(globalStep, cells as {[name: string]: number});
    },
    event(globalStep, event) {
      requireStep('event', globalStep);
      const {name, message, data} = Object(event) as Partial<typeof event>;
      requireName('event', 'name', name, reserved.events);
      if (typeof message !== 'string') throw wrong('event', 'message', 'a string', message);
      const copy = data === undefined ? undefined : (requireJson(data, 'recorder.event: data') as typeof data);
      recorder.event(globalStep, {name: name!, message, ...(copy !== undefined && {data: copy})});
    },
    row(table, globalStep, values) {
      requireStep('row', globalStep);
      requireName('row', 'table', table, reserved.tables);
      recorder.row(table, globalStep, requireCells('row', values, ['number', 'string'], ['global_step']));
    },
  });
}

function wrong(call: string, part: string, allowed: string, given: unknown): SubmissionError {
  return new SubmissionError(`recorder.${call}: ${part} must be ${allowed}, found ${describeValue(given)}`);
}

function requireStep(call: string, globalStep: unknown): void {
  if (!Number.isSafeInteger(globalStep) || (globalStep as number) < 0)
    throw wrong(call, 'globalStep', 'an integer of at least 0', globalStep);
}

function requireName(call: string, part: string, name: unknown, reserved: readonly string[]): void {
  if (typeof name !== 'string' || !NAME.test(name)) throw wrong(call, part, `a name of ${NAME_IN_WORDS}`, name);
  // A file system may not tell upper from lower case.
  if (reserved.includes(name.toLowerCase())) throw taken(call, name);
}

/** @returns the cells, read once */
function requireCells(
  call: string,
  given: unknown,
  types: readonly string[],
  reserved: readonly string[],
): {[name: string]: number | string} {
  if (typeof given !== 'object' || given === null) throw wrong(call, 'values', 'an object of them by name', given);
  const cells: {[name: string]: number | string} = {...given};
  for (const [name, value] of Object.entries(cells)) {
    if (!COLUMN.test(name)) throw wrong(call, 'a name', 'a string of 1 to 100 characters on one line', name);
    if (reserved.includes(name)) throw taken(call, name);
    if (!types.includes(typeof value)) throw wrong(call, `'${name}'`, `a ${types.join(' or a ')}`, value);
  }
  return cells;
}

function taken(call: string, name: string): SubmissionError {
  return new SubmissionError(`recorder.${call}: '${name}' is the tool's own; choose another name`);
}
