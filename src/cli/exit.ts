import {printableLines, UserError} from '../support/index.js';
import {EXIT} from './exit-codes.js';

/** Prints an error on stderr: as text if the user can fix it, else with its stack. @returns the exit code */
export function exitCodeOf(error: unknown): number {
  // Commander has printed its message.
  if (isOfCommander(error)) return error.exitCode === 0 ? EXIT.done : EXIT.userError;
  if (error instanceof UserError) {
    process.stderr.write(`${printableLines(error.message)}\n`);
    return EXIT.userError;
  }
  process.stderr.write(`${error instanceof Error ? withCauses(error) : String(error)}\n`);
  return EXIT.fault;
}

/** By its code, so that the class is not loaded. */
function isOfCommander(error: unknown): error is {readonly exitCode: number} {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('commander.');
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
