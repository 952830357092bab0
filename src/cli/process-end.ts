import type {ConfigSource} from '../config/index.js';
import type {Submission} from '../contract/index.js';
import {loadSubmission} from '../submissions/index.js';
import {describeValue, isModulePath, isOwn, SubmissionError, UserError, userStack} from '../support/index.js';
import {exitCodeOf} from './exit.js';
import {divertStdout} from './stdout.js';

/** Called before the process ends. */
export interface EndHandlers {
  onEnd?(reason: Error): void;
  onExit?(code: number): void;
}

/**
 * Watches, while a submission runs, for ends of the process that no `await` sees: an uncaught error, a promise that never
 * settles, a call of `process.exit`. Each is reported, and the exit code is never 0.
 * @param submission - name or path
 * @param handlers.onEnd - called with the reason before the process ends; nothing asynchronous comes after it
 * @param handlers.onExit - called with the exit code after that
 * @returns what ends the watch; uncaught errors are still handled, since what a submission started may fail later
 */
export function watchProcess(submission: string, {onEnd, onExit}: EndHandlers = {}): () => void {
  const report = (reason: Error): number => {
    release();
    onEnd?.(reason);
    const code = exitCodeOf(reason);
    onExit?.(code);
    return code;
  };
  const end = (reason: Error): never => process.exit(report(reason));
  const uncaught = (error: unknown): void => void end(uncaughtOf(submission, error));
  const idle = (): void =>
    void end(
      new UserError(
        `${submission}: a promise that it waits for, or that one of its functions returned, never settles; nothing is left that could settle it`,
      ),
    );
  const exit = (code: number): void => {
    process.exitCode = report(
      new UserError(
        `${submission}: process.exit was called with ${code}; a submission ends a run by \`trainingComplete: true\`, or by an error`,
      ),
    );
  };
  const release = (): void => void process.off('beforeExit', idle).off('exit', exit);
  process.on('uncaughtException', uncaught).on('unhandledRejection', uncaught);
  process.on('beforeExit', idle).on('exit', exit);
  return release;
}

/** Loads the submission that a config asks for, and does `work` with it, while the process is watched. */
export async function withSubmission<T>(
  {submission, submissionGivenBy}: Pick<ConfigSource, 'submission' | 'submissionGivenBy'>,
  work: (submission: Submission) => T | Promise<T>,
): Promise<T> {
  const endDiversion = divertStdout();
  const release = watchProcess(submission);
  try {
    return await work(await loadSubmission(submission, submissionGivenBy));
  } finally {
    release();
    endDiversion();
  }
}

/** An uncaught error: a fault of the submission, unless it comes from this package alone. */
function uncaughtOf(submission: string, error: unknown): Error {
  if (error instanceof SubmissionError) return new UserError(`${submission}: ${error.message}`, {cause: error});
  if (error instanceof UserError) return error;
  if (!(error instanceof Error)) {
    const described = `uncaught error: ${describeValue(error)}`;
    return isModulePath(submission) ? new UserError(`${submission}: ${described}`) : new Error(described);
  }
  if (!isModulePath(submission) || isOwn(error)) return error;
  return new UserError(`${submission}: uncaught error: ${userStack(error)}`, {cause: error});
}
