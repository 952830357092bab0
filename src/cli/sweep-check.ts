import {loadSealed} from '../submissions/index.js';
import {count, isModulePath} from '../support/index.js';
import {type Load, planSweep, readSweep, type Sweep, type SweepPlan} from '../sweep/index.js';
import {divertStdout} from './stdout.js';
import type {SweepCheckFlags} from './sweep-flags.js';
import {earlyTerminateText, plannedValue, runsTable} from './sweep-tables.js';
import {print} from './table.js';

/** Checks a sweep and prints its runs. @throws UserError listing all mistakes */
export async function checkSweep(file: string, {json}: SweepCheckFlags): Promise<void> {
  const plan = await loadPlan(readSweep(file));
  const counted = `${file}: ${count(plan.runs.length)} runs, each config checked`;
  const text = () => [runsTable(plan), ...earlyTerminateText(plan), counted].join('\n');
  print({sweep: plan.sweep.name, runs: plan.runs.map(plannedValue)}, text, json);
}

/** Plans a sweep; user code that is loaded for it does not print to stdout. */
export async function loadPlan(sweep: Sweep): Promise<SweepPlan> {
  const endDiversion = divertStdout();
  const [module] = modulesOf(sweep);
  const load: Load = (work) => (module === undefined ? work() : loadSealed(work, module));
  try {
    return await planSweep(sweep, load);
  } finally {
    endDiversion();
  }
}

/** The user's own modules that a sweep's file names. */
export function modulesOf({workloads, submissions, parameters}: Sweep): string[] {
  const values = JSON.stringify(parameters.map(({choices}) => choices?.map(({value}) => value) ?? null));
  const texts = Array.from(values.matchAll(/"([^"]*)"/g), ([, text]) => text!);
  return [...new Set([...workloads, ...submissions.filter((each) => each !== undefined), ...texts])].filter(
    isModulePath,
  );
}
