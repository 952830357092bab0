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

/** On a terminal a table of the runs under way below one line for each that has ended; elsewhere lines alone. */
export function createSweepView({
  total,
  done: doneBefore,
  quiet = false,
  stream = process.stderr,
}: ViewOptions): SweepView {
  const screen = createScreen(stream);
  const running = new Map<string, Running>();
  /** Runs that another process was at work in when they were last looked at. */
  const busy = new Set<string>();
  const begun = performance.now();
  let done = doneBefore;
  let failed = 0;
  const draw = (): void => {
    if (quiet) return;
    const ended = done - doneBefore;
    const left = ended > 0 ? ((performance.now() - begun) / ended) * (total - done - failed) : undefined;
    const counts = [`${done}/${total} done`, ...(failed > 0 ? [`${failed} failed`] : [])];
    const time = left === undefined ? [] : [`about ${duration(left / 1000)} left`];
    screen.draw([...running].map(([name, run]) => runLine(name, run)).concat([...counts, ...time].join(', ')));
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
    begun({order}) {
      running.set(order.name, {since: performance.now(), progress: undefined});
      if (!stream.isTTY && !busy.has(order.name)) say(`${order.name}: begins`);
      draw();
    },
    ended({order}: PoolRun, end: RunEnd, isAgain: boolean) {
      const seconds = (performance.now() - (running.get(order.name)?.since ?? begun)) / 1000;
      running.delete(order.name);
      done += Number(isOver(end));
      failed += Number(typeof end !== 'string' && !isAgain);
      if (typeof end !== 'string') warn(`${order.name}: failed${isAgain ? ', is tried again' : ''}: ${end.failure}`);
      else if (end !== 'busy') say(`${order.name}: ${end}, ${seconds.toFixed(1)} s (${done}/${total})`);
      else if (!busy.has(order.name)) say(`${order.name}: ${WAITING}`);
      if (end === 'busy') busy.add(order.name);
      else busy.delete(order.name);
      draw();
    },
  };
}

function runLine(name: string, {since, progress}: Running): string {
  const {globalStep = 0, totalSteps, value} = progress ?? {};
  const time = duration((performance.now() - since) / 1000);
  const steps = totalSteps === undefined ? `step ${globalStep}` : `step ${globalStep}/${totalSteps}`;
  return [time, steps, ...(value === undefined ? [] : [value.toFixed(4)]), name].join('  ');
}
