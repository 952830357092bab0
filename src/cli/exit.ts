import {printableLines, UserError} from '../support/index.js';
import {EXIT} from './exit-codes.js';

/**
 * Says what an error is: in its words if the user can fix it, else with its stack.
 * @param say - default: prints it on stderr
 * @returns the exit code
 */
export function exitCodeOf(error: unknown, say = printed): number {
  // Commander has printed its message.
  if (isOfCommander(error)) return error.exitCode === 0 ? EXIT.done : EXIT.userError;
  if (error instanceof UserError) {
    say(printableLines(error.message));
    return EXIT.userError;
  }
  say(error instanceof Error ? withCauses(error) : String(error));
  return EXIT.fault;
}

function printed(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** By its code, so that the class is not loaded. */
function isOfCommander(error: unknown): error is {readonly exitCode: number} {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('commander.');
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
