import type {Confirm} from '../training/index.js';
import {EXIT} from './exit-codes.js';
import {onStopSignals, STOPPED_AT_ONCE, STOPPING, STOPPING_UNCONFIRMED} from './stop-signals.js';
import type {SupervisorLink} from './supervisor-link.js';

/** How a run is stopped. */
export interface Stop {
  /** Aborted with the signal's name, or with the error that ends the process. */
  readonly controller: AbortController;
  /** Prints a message for the sender of the signal; a log may replace it. */
  say(text: string): void;
  /** What is said on the first signal. */
  stopping: string;
  /** Called before the process is ended at once. */
  beforeExit(): void;
}

/** Listens for signals: the first one asks for a checkpoint after the step; the second one ends the process at once. */
export function listenForStop({hearsHangUp, tell, tellStopping}: SupervisorLink): Stop {
  const controller = new AbortController();
  const stop: Stop = {
    controller,
    say: (text) => void process.stderr.write(`${text}\n`),
    stopping: STOPPING,
    beforeExit: () => {},
  };
  onStopSignals(hearsHangUp, {
    stop(name) {
      if (!tellStopping()) stop.say(stop.stopping);
      controller.abort(name);
    },
    stopAtOnce() {
      stop.say(STOPPED_AT_ONCE);
      stop.beforeExit();
      tell({exitCode: EXIT.interrupted});
      process.exit(EXIT.interrupted);
    },
  });
  return stop;
}

/** The same, with a signal in the meantime answered by what stopping means then. */
export function sayingUnconfirmed(stop: Pick<Stop, 'stopping'>, confirm: Confirm): Confirm {
  return async (claim) => {
    stop.stopping = STOPPING_UNCONFIRMED;
    try {
      return await confirm(claim);
    } finally {
      stop.stopping = STOPPING;
    }
  };
}
