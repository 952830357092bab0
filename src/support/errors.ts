import {describeValue} from './describe-value.js';

/** Where a mistake stands in a file that the user wrote. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** `file:line:column`, as editors and terminals link it; parts that are not known are left out. */
export function formatPlace({file, line, column}: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/**
 * An error that the user can fix: shown as plain text without a stack trace, exit code 2. Its message says what was found, what
 * is allowed and what to do. Anything else that is thrown is a bug in the tool.
 */
export class UserError extends Error {
  override name = 'UserError';
}

/**
 * A mistake in what a user's submission or workload gives, without its file: the caller that knows the file puts it before the
 * message.
 */
export class SubmissionError extends UserError {
  override name = 'SubmissionError';
}

/** An engine's memory does not suffice; the program that was running puts the user's line before the message. */
export class OutOfMemoryError extends UserError {
  override name = 'OutOfMemoryError';
}

/** A module of the user's can't be loaded, though its files are what they should be as far as that is known. */
export class ModuleLoadError extends UserError {}

/** The run's numbers are no longer finite and no reset can bring them back: the run ends with status `diverged`. */
export class DivergedError extends Error {
  override name = 'DivergedError';
}

/** Throws a RangeError that names the option and the value it got, unless `value` is finite. */
export function requireFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name} must be finite, got ${describeValue(value)}`);
}

/** Throws a RangeError unless `value` is an integer >= 1. */
export function requirePositiveInteger(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${name} must be a positive integer, got ${describeValue(value)}`);
}

/** Throws a RangeError unless `low <= value <= high`. */
export function requireInRange(name: string, value: number, low: number, high: number): void {
  if (!(typeof value === 'number' && value >= low && value <= high))
    throw new RangeError(`${name} must be in [${low}, ${high}], got ${describeValue(value)}`);
}
