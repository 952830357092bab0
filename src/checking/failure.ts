import {isFrozenWrite, SubmissionError, UserError, UserFunctionError, userPlace} from '../support/index.js';
import type {CheckName, Finding} from './findings.js';
import type {Places} from './places.js';

/**
 * The finding for an error that ended a run.
 * @throws the error itself, if the submission is not its cause
 */
export function findingOfFailure(error: unknown, check: CheckName, places: Places): Finding {
  if (!(error instanceof Error)) throw error;
  if (!(error instanceof UserError) && !userPlace(error)) throw error;
  const names = error instanceof UserFunctionError ? [wordIn(error.told), error.functionName] : [];
  const place = places.of(error, ...names);
  return {check, place, message: messageOf(error, places.whole.file), advice: adviceFor(error, check)};
}

/** The place of `init/a of initOptimizerState must be ...` is where `init` is written. */
function wordIn(told: string): string {
  return /^(save|init|evalParams|describe|totalSteps|loss|learningRate|trainingComplete)\b/.exec(told)?.[1] ?? '-';
}

/** The error's message without its place and stack. */
function messageOf(error: Error, file: string): string {
  const text = error instanceof UserFunctionError ? error.told : error.message;
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
