/** The signals that ask a run to stop: what people, batch systems (before they end a job) and limits of CPU time send. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGXCPU'] as const;

/**
 * Within this many milliseconds a signal counts as the first one again: some programs send it to a process and then to its
 * group.
 */
const ONE_SIGNAL = 500;

/** What is printed on the first signal while the run's evaluation is being confirmed: nothing is left to be trained. */
export const STOPPING_UNCONFIRMED =
  'stopping before what the run has reached is confirmed: that is done when it is continued; signal again to stop immediately';

/** What is printed on the first signal where there are several runs, each at its own place. */
export const STOPPING_RUNS =
  'stopping each run after its step, or before what it has reached is confirmed; signal again to stop immediately';

/** What is printed on the first signal, on the second, and where there was no run folder yet. */
export const STOPPING = 'stopping after this step; signal again to stop immediately';
export const STOPPED_AT_ONCE = 'stopped immediately: work since the last checkpoint is lost';
export const STOPPED_BEFORE = 'stopped before the run began';

/** What signals do. */
export interface StopHandlers {
  /** The first one. */
  stop(name: NodeJS.Signals): void;
  /** One that comes later than half a second after the first. */
  stopAtOnce(name: NodeJS.Signals): void;
}

/**
 * Takes the signals that ask to stop from Node, which would open its debugger's port on SIGUSR1 and end the process on the others.
 * @param hearsHangUp - false: a hang-up is ignored, as `nohup` asks; Node does not keep the inherited disposition
 * @returns a function that restores the handlers
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
