import {UserError} from '../support/index.js';

/** What an exit code means. */
export const EXIT = {done: 0, fault: 1, userError: 2, interrupted: 130} as const;

/** Tells an error on stderr, as text where the user can mend it, else with its stack. @returns the exit code */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) {
    process.stderr.write(`${error.message}\n`);
    return EXIT.userError;
  }
  process.stderr.write(`${error instanceof Error ? withCauses(error) : String(error)}\n`);
  return EXIT.fault;
}

function withCauses(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${withCauses(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
