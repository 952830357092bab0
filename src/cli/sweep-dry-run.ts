import {
  batchSizeOf,
  type FoundSweep,
  optionsOfOrder,
  orderOf,
  type PlannedRun,
  type RunMeans,
  type SweepPlan,
} from '../sweep/index.js';
import {closeRuntime, type Estimate, estimateRun, openRuntime, silentWatcher} from '../training/index.js';
import type {SweepFlags} from './sweep-flags.js';
import {defaultJobs} from './sweep-jobs.js';
import {earlyTerminateText, foundText, noticesOf, plannedValue, runsTable, stateOf} from './sweep-tables.js';
import {print} from './table.js';
import {duration} from './terminal.js';

/** A sweep that is shown. */
export interface DryRun {
  readonly plan: SweepPlan;
  readonly found: FoundSweep;
  readonly flags: SweepFlags;
  readonly means: RunMeans;
}

/** Prints the runs, how far they are, and how long the sweep takes by some steps of one run of each kind. Nothing is written. */
export async function dryRun({plan, found, flags, means}: DryRun): Promise<void> {
  for (const notice of noticesOf(found)) process.stderr.write(`warning: ${notice}\n`);
  const states = found.runs.map(({standing}) => stateOf(standing.state));
  const left = plan.runs.filter((_, i) => states[i] !== 'complete');
  const jobs = flags.jobs ?? defaultJobs(left.length);
  const seconds = flags.estimate ? await estimatedSeconds(plan, left, means) : undefined;
  const value = {
    sweep: plan.sweep.name,
    path: found.folder,
    jobs,
    ...(seconds !== undefined && {seconds: seconds / jobs, secondsOfRuns: seconds}),
    runs: plan.runs.map((run, i) => ({...plannedValue(run), state: states[i]})),
  };
  print(value, () => text({plan, found, states, jobs, seconds}), flags.json);
}

interface Shown extends Pick<DryRun, 'plan' | 'found'> {
  readonly states: readonly string[];
  readonly jobs: number;
  readonly seconds: number | undefined;
}

function text({plan, found, states, jobs, seconds}: Shown): string {
  const lines = [runsTable(plan, states), ...earlyTerminateText(plan), foundText(plan, found)];
  if (seconds === undefined) return lines.join('\n');
  const all = `${duration(seconds)} of runs are left, at most`;
  return [...lines, jobs === 1 ? all : `${all}; with ${jobs} processes about ${duration(seconds / jobs)}`].join('\n');
}

/** Seconds that the runs take one after the other, if no target ends one before: timed for one of each kind. */
async function estimatedSeconds(plan: SweepPlan, left: readonly PlannedRun[], means: RunMeans): Promise<number> {
  const kinds = new Map<string, PlannedRun[]>();
  for (const run of left) {
    const kind = JSON.stringify([run.workload, run.submission, batchSizeOf(run.run)]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), run]);
  }
  let seconds = 0;
  for (const runs of kinds.values()) seconds += runs.length * (await estimateOf(plan, runs[0]!, means)).wallSeconds;
  return seconds;
}

async function estimateOf(plan: SweepPlan, run: PlannedRun, means: RunMeans): Promise<Estimate> {
  const order = orderOf(plan, run);
  const signal = new AbortController().signal;
  const options = optionsOfOrder(order, run.run, {means, watcher: silentWatcher, signal});
  const runtime = await openRuntime(options, batchSizeOf(run.run));
  try {
    return await estimateRun(runtime, options);
  } finally {
    await closeRuntime(runtime);
  }
}
