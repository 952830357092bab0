import {readFileSync} from 'node:fs';

/** Two clocks at one moment, each in seconds since any beginning. */
export interface ClockReading {
  /** This process's own, by which a run is timed. */
  readonly process: number;
  /** The machine's, which no code of this process can change; undefined where there is none to read. */
  readonly machine: number | undefined;
}

/** Seconds, and a share of the time between two readings, by which the clocks may differ: each is read at its own moment. */
const SLACK_SECONDS = 1;
const SLACK_SHARE = 0.001;

/** The function as it was before any user code was loaded. */
const now: () => number = performance.now.bind(performance);

export function readClocks(): ClockReading {
  return {process: now() / 1000, machine: machineSeconds()};
}

/** How the clocks disagree between two readings, as text; undefined if they agree. */
export function clockDisagreement(begin: ClockReading, end: ClockReading): string | undefined {
  if (begin.machine === undefined || end.machine === undefined) return undefined;
  const own = end.process - begin.process;
  const machine = end.machine - begin.machine;
  if (Math.abs(own - machine) <= SLACK_SECONDS + SLACK_SHARE * machine) return undefined;
  return `the run's clock counted ${own.toFixed(1)} s while the machine's counted ${machine.toFixed(1)} s; the machine was asleep, or a clock was changed`;
}

/** Linux reports how long the machine has been up. */
function machineSeconds(): number | undefined {
  try {
    const seconds = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'));
    return Number.isFinite(seconds) ? seconds : undefined;
  } catch {
    return undefined;
  }
}
