import {monotonic} from './clock.js';

/** The sections of a profile: AlgoPerf's, by its names, then this tool's own. */
export type Section =
  | 'Initializing dataset'
  | 'Initializing model'
  | 'Initializing optimizer'
  | 'Train'
  | 'Data selection'
  | 'Update parameters'
  | 'Prepare for eval'
  | 'Evaluation'
  | 'Opening engine'
  | 'Logging';

/** Measures how long sections take; they may lie within one another. */
export interface Profiler {
  /** Does `work` and adds its duration, also if it throws; a promise counts until it is settled. */
  time<T>(section: Section, work: () => T): T;
  /** What was measured up to now. */
  report(): ProfileReport;
  /** The calls in the order of their ends, as far as they are kept. */
  calls(): ProfiledCall[];
}

/** What became of a section. */
export interface SectionReport {
  readonly section: Section;
  readonly meanSeconds: number;
  /** Standard deviation of the calls' durations: their mean squared distance's root, as numpy's `std`. */
  readonly stdSeconds: number;
  readonly calls: number;
  readonly totalSeconds: number;
  /** Of the seconds since the profiler was made; those of sections within others count in both. */
  readonly percent: number;
}

/** What AlgoPerf's profiler reports. */
export interface ProfileReport {
  /** Since the profiler was made. */
  readonly totalSeconds: number;
  readonly totalCalls: number;
  /** The longest first. */
  readonly sections: readonly SectionReport[];
  /** Calls that {@link Profiler.calls} lacks: those beyond its limit. */
  readonly callsNotKept: number;
}

/** One call of a section. */
export interface ProfiledCall {
  readonly section: Section;
  /** Since the profiler was made. */
  readonly startSeconds: number;
  readonly seconds: number;
}

/** A trace of more calls takes hundreds of megabytes, and viewers give up on it. */
const KEPT_CALLS = 500_000;

/** Running sums, by Welford's method: durations of a long run are not kept for their deviation. */
interface Sums {
  calls: number;
  total: number;
  mean: number;
  squares: number;
}

/**
 * @param now - milliseconds since any moment, never going back; default `performance.now`
 * @param keptCalls - how many calls are kept one by one; default 500,000
 */
export function createProfiler(now: () => number = monotonic, keptCalls = KEPT_CALLS): Profiler {
  const began = now();
  const sums = new Map<Section, Sums>();
  const kept: ProfiledCall[] = [];
  let totalCalls = 0;
  const add = (section: Section, start: number): void => {
    const seconds = (now() - start) / 1000;
    if (!sums.has(section)) sums.set(section, {calls: 0, total: 0, mean: 0, squares: 0});
    addTo(sums.get(section)!, seconds);
    totalCalls += 1;
    if (kept.length < keptCalls) kept.push({section, startSeconds: (start - began) / 1000, seconds});
  };
  return {
    time: (section, work) => timed(work, now, (start) => add(section, start)),
    calls: () => [...kept],
    report() {
      const totalSeconds = (now() - began) / 1000;
      const sections = [...sums].map(([section, of]) => sectionReport(section, of, totalSeconds));
      sections.sort((a, b) => b.totalSeconds - a.totalSeconds);
      return {totalSeconds, totalCalls, sections, callsNotKept: totalCalls - kept.length};
    },
  };
}

/** Times work where there is a profiler, and just does it where there is none. */
export function section<T>(profiler: Profiler | undefined, name: Section, work: () => T): T {
  return profiler ? profiler.time(name, work) : work();
}

/** @param done - called once with when the work began */
function timed<T>(work: () => T, now: () => number, done: (start: number) => void): T {
  const start = now();
  let result: T;
  try {
    result = work();
  } catch (error) {
    done(start);
    throw error;
  }
  if (result instanceof Promise) return result.finally(() => done(start)) as T;
  done(start);
  return result;
}

function addTo(sums: Sums, seconds: number): void {
  sums.calls += 1;
  sums.total += seconds;
  const distance = seconds - sums.mean;
  sums.mean += distance / sums.calls;
  sums.squares += distance * (seconds - sums.mean);
}

function sectionReport(section: Section, {calls, total, mean, squares}: Sums, totalSeconds: number): SectionReport {
  const percent = totalSeconds > 0 ? (100 * total) / totalSeconds : 0;
  return {section, meanSeconds: mean, stdSeconds: Math.sqrt(squares / calls), calls, totalSeconds: total, percent};
}
