import {isatty} from 'node:tty';
import {EXIT} from './exit-codes.js';
import {onStopSignals, STOPPING_RUNS} from './stop-signals.js';

/**
 * The first signal asks all runs for a checkpoint; the second ends them at once, and this process.
 * @param say - tells the user
 * @param endAtOnce - ends the runs
 */
export function stopOnSignals(
  say: (text: string) => void,
  endAtOnce: () => void,
): {readonly signal: AbortSignal; readonly release: () => void} {
  const controller = new AbortController();
  const hearsHangUp = [0, 1, 2].some((fd) => isatty(fd));
  const release = onStopSignals(hearsHangUp, {
    stop(name) {
      say(STOPPING_RUNS);
      controller.abort(name);
    },
    stopAtOnce() {
      endAtOnce();
      process.exit(EXIT.interrupted);
    },
  });
  return {signal: controller.signal, release};
}
