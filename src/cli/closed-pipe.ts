import {EXIT} from './exit-codes.js';

/**
 * For a process whose stdout is the user's. The reader may have had enough, as in `algoperf-ts runs list | head -1`. Where stderr
 * is gone, as when a terminal is closed, the work continues.
 */
export function quietOnClosedPipe(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    // The terminal is gone: the hang-up that comes with it ends what is to end. Node could not exit by itself, it would abort.
    if (process.stdout.isTTY) return;
    process.stderr.write(`the result can't be written: ${error.message}\n`);
    process.exit(EXIT.userError);
  });
}
