import {isatty} from 'node:tty';
import {EXIT} from './exit-codes.js';
import {onStopSignals} from './stop-signals.js';

/**
 * Does `work`; a signal that asks to stop ends the process meanwhile, by `process.exit`, so that what is half made is removed.
 * @param text - printed then
 */
export async function endingOnSignal<T>(text: string, work: () => Promise<T>): Promise<T> {
  const stop = (): never => {
    process.stderr.write(`${text}\n`);
    return process.exit(EXIT.interrupted);
  };
  const release = onStopSignals(
    [0, 1, 2].some((fd) => isatty(fd)),
    {stop, stopAtOnce: stop},
  );
  try {
    return await work();
  } finally {
    release();
  }
}
