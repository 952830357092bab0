import {DivergedError, formatPlace, type Place, SubmissionError, UserError} from './errors.js';
import {placeOfLine, thrownText, userLines} from './stack.js';

/** A function of a user's module. */
export interface UserFunction {
  /** The module's file, as the user wrote it. */
  readonly file: string;
  /** The same as Node knows it. */
  readonly path: string;
  readonly name: string;
  /** Whether it may return a promise; default false. */
  readonly mayReturnPromise?: boolean;
}

/** A function of a user's module threw, or its result is not valid. */
export class UserFunctionError extends UserError {
  override name = 'UserFunctionError';
  /** Of the function. */
  readonly functionName: string;
  /** The module's file as the user wrote it, with the line if the error came from that file. */
  readonly place: Place;
  /** The message without the place. */
  readonly detail: string;

  constructor({file, path, name}: UserFunction, cause: unknown) {
    const isGiven = cause instanceof SubmissionError;
    const place = {...(cause instanceof Error && placeIn(path, cause)), file};
    const detail = isGiven ? cause.message : `${name} failed: ${thrownText(cause)}`;
    // The stack of a thrown error has its own places.
    super(`${isGiven ? formatPlace(place) : file}: ${detail}`, {cause});
    this.functionName = name;
    this.place = place;
    this.detail = detail;
  }
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
      if (named.mayReturnPromise) return result.then(given).catch((cause) => fail(named, cause));
      // It is refused; its outcome is ignored.
      result.catch(() => {});
      return given(result);
    } catch (cause) {
      return fail(named, cause);
    }
  };
  return guarding as F;
}

function fail(named: UserFunction, cause: unknown): never {
  const isOther = cause instanceof UserError && !(cause instanceof SubmissionError);
  if (isOther || cause instanceof DivergedError) throw cause;
  throw new UserFunctionError(named, cause);
}

/** Where an error came from a file. */
function placeIn(path: string, error: Error): Place | undefined {
  return userLines(error)
    .map(placeOfLine)
    .find((each) => each?.file === path);
}
