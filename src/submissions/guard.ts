import {realpathSync} from 'node:fs';
import type {OptimizerState, Submission, UpdateResult} from '../contract/index.js';
import {
  DivergedError,
  formatPlace,
  placeOfLine,
  SubmissionError,
  thrownText,
  UserError,
  userLines,
} from '../support/index.js';
import {
  requireBatch,
  requireEvalParams,
  requireJson,
  requireLoss,
  requireNote,
  requireOptimizerState,
  requireProblems,
  requireUpdateResult,
} from './checks.js';

/** A submission's function. */
interface Named {
  /** The submission's file, as the user wrote it. */
  readonly file: string;
  /** The same as Node knows it. */
  readonly path: string;
  readonly name: string;
}

/** Those that may return a promise. */
const MAY_WAIT = new Set(['initOptimizerState', 'dataSelection', 'updateParams', 'prepareForEval']);

/**
 * A user's submission with functions that check what they give, and say whose they are when they throw: such an error is its
 * author's to mend.
 * @param file - as the user wrote it
 */
export function guarded(submission: Submission, file: string): Submission {
  const path = realpathSync(file);
  const of = (name: string): Named => ({file, path, name});
  const loss = of('loss');
  const {getBatchSize, initOptimizerState, updateParams, dataSelection, prepareForEval, checkConfig} = submission;
  return {
    ...submission,
    getBatchSize: guard(of('getBatchSize'), getBatchSize),
    initOptimizerState: guard(of('initOptimizerState'), initOptimizerState, (state) => {
      requireOptimizerState(state);
      return guardedState(state, of);
    }),
    updateParams: guard(of('updateParams'), updateParams, (result) => {
      requireUpdateResult(result);
      return guardedResult(result, loss);
    }),
    dataSelection: guard(of('dataSelection'), dataSelection, checking(requireBatch)),
    ...(prepareForEval && {prepareForEval: guard(of('prepareForEval'), prepareForEval)}),
    ...(checkConfig && {checkConfig: guard(of('checkConfig'), checkConfig, checking(requireProblems))}),
  };
}

/** The user's own object, which may change its fields; a frozen one can't, and is put behind a new one. */
function guardedState(state: OptimizerState, of: (name: string) => Named): OptimizerState {
  const save = guard(of('save'), state.save.bind(state), checking(requireJson));
  const describe = state.describe && guard(of('describe'), state.describe.bind(state), checking(requireNote));
  const evalParams = state.evalParams && guard(of('evalParams'), checkedEvalParams(state.evalParams.bind(state)));
  const functions = {
    save: {value: save},
    ...(typeof state.init === 'function' && {init: {value: guard(of('init'), state.init.bind(state))}}),
    ...(describe && {describe: {value: describe}}),
    ...(evalParams && {evalParams: {value: evalParams}}),
  };
  return Object.isFrozen(state) ? Object.create(state, functions) : Object.defineProperties(state, functions);
}

function checkedEvalParams(inner: NonNullable<OptimizerState['evalParams']>): typeof inner {
  return (optimizer, params) => {
    const evaluated = inner(optimizer, params);
    requireEvalParams(evaluated, params);
    return evaluated;
  };
}

/** The loss is checked where it is asked for: a step that nobody looks at computes none. */
function guardedResult(result: UpdateResult | undefined, named: Named): UpdateResult | undefined {
  if (!result?.loss) return result;
  return {...result, loss: guard(named, () => result.loss!(), checkedLoss)};
}

const checkedLoss = checking(requireLoss);

// biome-ignore lint/suspicious/noExplicitAny: functions of all kinds
type Any = any;

function checking(check: (value: Any) => void): (value: Any) => Any {
  return (value) => {
    check(value);
    return value;
  };
}

/** @param given - makes what the caller gets of what the function gave, or throws */
function guard<F extends (...words: Any[]) => Any>(
  named: Named,
  inner: F,
  given: (value: Any) => Any = (value) => value,
): F {
  const guarding = (...words: unknown[]): unknown => {
    try {
      const result: unknown = inner(...words);
      if (!(result instanceof Promise)) return given(result);
      if (MAY_WAIT.has(named.name)) return result.then(given).catch((cause) => fail(named, cause));
      // It is refused as it is; what becomes of it is of no interest any more.
      result.catch(() => {});
      return given(result);
    } catch (cause) {
      return fail(named, cause);
    }
  };
  return guarding as F;
}

function fail({file, path, name}: Named, cause: unknown): never {
  if (cause instanceof SubmissionError) throw new UserError(`${lineIn(file, path, cause)}: ${cause.message}`, {cause});
  if (cause instanceof UserError || cause instanceof DivergedError) throw cause;
  throw new UserError(`${file}: ${name} failed: ${thrownText(cause)}`, {cause});
}

/** The submission's file, with the line where the error came from it. */
function lineIn(file: string, path: string, error: Error): string {
  const place = userLines(error)
    .map(placeOfLine)
    .find((each) => each?.file === path);
  return formatPlace({...place, file});
}
