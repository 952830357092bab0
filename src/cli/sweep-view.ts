import {printableLines} from '../support/index.js';
import {isOver, type PoolRun, type PoolWatcher, type RunEnd} from '../sweep/index.js';
import type {WorkerProgress} from './sweep-link.js';
import {createScreen} from './sweep-screen.js';
import {duration} from './terminal.js';

/** What a person sees of a sweep on stderr. */
export interface SweepView extends PoolWatcher {
  say(text: string): void;
  warn(text: string): void;
  /** Shows what a person needs to see, also where the rest is quiet. */
  notice(text: string): void;
  progress(name: string, progress: WorkerProgress): void;
  clear(): void;
}

/** What a view begins with. */
export interface ViewOptions {
  readonly total: number;
  /** Runs that are complete already. */
  readonly done: number;
  readonly quiet: boolean | undefined;
  /** Default: stderr. */
  readonly stream?: NodeJS.WriteStream;
}

/** Said of a run once, however often it is looked at. */
export const WAITING = 'another process is at work in it; waiting for it';

interface Running {
  readonly since: number;
  progress: WorkerProgress | undefined;
}

/** How far a sweep is. */
interface Counts {
  readonly total: number;
  readonly doneBefore: number;
  readonly begun: number;
  done: number;
  failed: number;
}

/** On a terminal a table of the runs under way below one line for each that has ended; elsewhere lines alone. */
export function createSweepView({total, done, quiet = false, stream = process.stderr}: ViewOptions): SweepView {
  const screen = createScreen(stream);
  const running = new Map<string, Running>();
  /** Runs that another process was at work in when they were last looked at. */
  const busy = new Set<string>();
  const counts: Counts = {total, doneBefore: done, begun: performance.now(), done, failed: 0};
  const draw = (): void => {
    if (!quiet) screen.draw([...[...running].map(([name, run]) => runLine(name, run)), countsLine(counts)]);
  };
  const say = (text: string): void => {
    if (!quiet) screen.line(printableLines(text));
  };
  const warn = (text: string): void => screen.line(`warning: ${printableLines(text)}`);
  return {
    say,
    warn,
    notice: (text) => screen.line(printableLines(text)),
    clear: screen.clear,
    progress(name, progress) {
      const run = running.get(name);
      if (run) run.progress = progress;
      draw();
    },
    begun({order: {name}}) {
      running.set(name, {since: performance.now(), progress: undefined});
      if (!stream.isTTY && !busy.has(name)) say(`${name}: begins`);
      draw();
    },
    ended({order: {name}}: PoolRun, end: RunEnd, isAgain: boolean) {
      const {since} = running.get(name)!;
      running.delete(name);
      counts.done += Number(isOver(end));
      counts.failed += Number(typeof end !== 'string' && !isAgain);
      if (typeof end !== 'string') warn(`${name}: failed${isAgain ? ', is tried again' : ''}: ${end.failure}`);
      else if (end !== 'busy') say(`${name}: ${end}, ${secondsSince(since).toFixed(1)} s (${counts.done}/${total})`);
      else if (!busy.has(name)) say(`${name}: ${WAITING}`);
      if (end === 'busy') busy.add(name);
      else busy.delete(name);
      draw();
    },
  };
}

function secondsSince(time: number): number {
  return (performance.now() - time) / 1000;
}

function countsLine({total, doneBefore, begun, done, failed}: Counts): string {
  const ended = done - doneBefore;
  return [
    `${done}/${total} done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(ended > 0 ? [`about ${duration((secondsSince(begun) / ended) * (total - done - failed))} left`] : []),
  ].join(', ');
}

function runLine(name: string, {since, progress}: Running): string {
  const {globalStep = 0, totalSteps, value} = progress ?? {};
  const steps = totalSteps === undefined ? `step ${globalStep}` : `step ${globalStep}/${totalSteps}`;
  return [duration(secondsSince(since)), steps, ...(value === undefined ? [] : [value.toFixed(4)]), name].join('  ');
}
