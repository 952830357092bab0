import {DivergedError, formatPlace, SubmissionError, UserError} from './errors.js';
import {placeOfLine, thrownText, userLines} from './stack.js';

/** A function of a user's module. */
export interface UserFunction {
  /** The module's file, as the user wrote it. */
  readonly file: string;
  /** The same as Node knows it. */
  readonly path: string;
  readonly name: string;
  /** Whether it may return a promise; default false. */
  readonly mayWait?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: functions of all kinds
type Any = any;

/** A check of what a function gave, as `guard` takes it. */
export function checking(check: (value: Any) => void): (value: Any) => Any {
  return (value) => {
    check(value);
    return value;
  };
}

/**
 * A user's function that is named when it throws: the author of the module has to fix such an error.
 * @param given - makes what the caller gets of what the function gave, or throws a SubmissionError
 */
export function guard<F extends (...words: Any[]) => Any>(
  named: UserFunction,
  inner: F,
  given: (value: Any) => Any = (value) => value,
): F {
  const guarding = (...words: unknown[]): unknown => {
    try {
      const result: unknown = inner(...words);
      if (!(result instanceof Promise)) return given(result);
      if (named.mayWait) return result.then(given).catch((cause) => fail(named, cause));
      // It is refused; its outcome is ignored.
      result.catch(() => {});
      return given(result);
    } catch (cause) {
      return fail(named, cause);
    }
  };
  return guarding as F;
}

function fail({file, path, name}: UserFunction, cause: unknown): never {
  if (cause instanceof SubmissionError) throw new UserError(`${lineIn(file, path, cause)}: ${cause.message}`, {cause});
  if (cause instanceof UserError || cause instanceof DivergedError) throw cause;
  throw new UserError(`${file}: ${name} failed: ${thrownText(cause)}`, {cause});
}

/** The module's file, with the line where the error came from it. */
function lineIn(file: string, path: string, error: Error): string {
  const place = userLines(error)
    .map(placeOfLine)
    .find((each) => each?.file === path);
  return formatPlace({...place, file});
}
