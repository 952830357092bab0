/** The signals that ask a run to stop: what people, batch systems (before they end a job) and limits of CPU time send. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/** Within so many milliseconds a signal is the first one once more: some programs send it to a process and then to its group. */
const ONE_SIGNAL = 500;

/** What is said to the first signal, and to the second. */
export const STOPPING = 'stopping as soon as this step is done; once more to stop at once';
export const STOPPING_AT_ONCE = 'stopped at once: what was done after the last checkpoint is lost';

/** What signals do. */
export interface StopHandlers {
  /** The first one. */
  stop(name: NodeJS.Signals): void;
  /** One that comes later than half a second after the first. */
  stopAtOnce(name: NodeJS.Signals): void;
}

/**
 * Takes the signals that ask to stop from Node, which would open its debugger's port on SIGUSR1 and end the process on the others.
 * @param hearsHangUp - false: a hang-up is let pass, as `nohup` wants it; Node does not keep what it was started with
 * @returns what gives the signals back
 */
export function onStopSignals(hearsHangUp: boolean, {stop, stopAtOnce}: StopHandlers): () => void {
  let first: number | undefined;
  const hear = (name: NodeJS.Signals): void => {
    if (name === 'SIGHUP' && !hearsHangUp) return;
    if (first === undefined) {
      first = performance.now();
      stop(name);
    } else if (performance.now() - first >= ONE_SIGNAL) stopAtOnce(name);
  };
  for (const name of STOP_SIGNALS) process.on(name, hear);
  return () => {
    for (const name of STOP_SIGNALS) process.off(name, hear);
  };
}
