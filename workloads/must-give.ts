import {describeValue, SubmissionError, type UserFunction} from '../src/support/index.js';

/** A function of a workload's module, by its name. */
export type Of = (name: string, mayReturnPromise?: boolean) => UserFunction;

/** That a function of a workload gave something else than it must. */
export function mustGive(name: string, allowed: string, found: unknown): SubmissionError {
  return new SubmissionError(`${name} must give ${allowed}; found ${describeValue(found)}`);
}
