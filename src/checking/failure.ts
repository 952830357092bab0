import {isFrozenWrite, SubmissionError, UserError, UserFunctionError, userPlace} from '../support/index.js';
import type {CheckName, Finding} from './findings.js';
import type {Places} from './places.js';

/**
 * The findings for an error that ended a run: one for each mistake that it lists.
 * @throws the error itself, if the submission is not its cause
 */
export function findingsOfFailure(error: unknown, check: CheckName, places: Places): Finding[] {
  if (!(error instanceof Error)) throw error;
  if (!(error instanceof UserError) && !userPlace(error)) throw error;
  const advice = adviceFor(error, check);
  const isList = error instanceof UserError && error.cause === undefined;
  if (isList) return error.message.split('\n').map((line) => ({check, ...mistakeIn(line, places), advice}));
  const names = error instanceof UserFunctionError ? [wordIn(error.detail), error.functionName] : [];
  const message = messageOf(error, places.whole.file);
  return [{check, place: places.of(error, ...names, missingModule(message)), message, advice}];
}

/** One line of an error that lists mistakes, such as those of a config: its place, and the message. */
function mistakeIn(line: string, {whole}: Places): Pick<Finding, 'place' | 'message'> {
  const [, file, row, column, message] = /^(\S[^:]*):(\d+):(\d+): (.*)$/.exec(line) ?? [];
  if (file === undefined) return {place: whole, message: line.replace(`${whole.file}: `, '')};
  return {place: {file, line: Number(row), column: Number(column)}, message: message!};
}

/** The file name of a module that could not be found: it is in the line that imports it. */
function missingModule(message: string): string {
  return /Cannot find (?:module|package) '(?:.*[\\/])?([^'\\/]+)'/.exec(message)?.[1] ?? '';
}

/** The place of `init/a of initOptimizerState must be ...` is where `init` is written. */
function wordIn(detail: string): string {
  return /^(save|init|evalParams|describe|totalSteps|loss|learningRate|trainingComplete)\b/.exec(detail)?.[1] ?? '-';
}

/** The error's message without its place and stack. */
function messageOf(error: Error, file: string): string {
  const text = error instanceof UserFunctionError ? error.detail : error.message;
  const lines = text.split('\n').filter((line) => !/^\s+at /.test(line));
  return lines.join('\n').replace(`${file}: `, '');
}

function adviceFor(error: Error, check: CheckName): string {
  const {cause} = error;
  if (cause instanceof Error && isFrozenWrite(cause))
    return 'Copy it before changing it: `{...given}`, `data.slice()`.';
  if (error instanceof UserFunctionError && cause instanceof SubmissionError)
    return 'Return what the message asks for; docs/submissions.md describes the arguments and results of each function.';
  if (check === 'loads')
    return 'Correct what the message names; `algoperf-ts config keys --submission <path>` lists the keys of a config.';
  return 'Correct the code that throws; a run would end with the same message.';
}
