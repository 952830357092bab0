import {count} from '../support/index.js';
import {planSweep, readSweep, type SweepPlan} from '../sweep/index.js';
import {divertStdout} from './stdout.js';
import type {SweepCheckFlags} from './sweep-flags.js';
import {plannedValue, runsTable} from './sweep-tables.js';
import {print} from './table.js';

/** Checks a sweep and prints its runs. @throws UserError listing all mistakes */
export async function checkSweep(file: string, {json}: SweepCheckFlags): Promise<void> {
  const plan = await planned(file);
  const text = () => `${runsTable(plan)}\n${file}: ${count(plan.runs.length)} runs, each config checked`;
  print({sweep: plan.sweep.name, runs: plan.runs.map(plannedValue)}, text, json);
}

/** User code that is loaded for the check does not print to stdout. */
async function planned(file: string): Promise<SweepPlan> {
  const endDiversion = divertStdout();
  try {
    return await planSweep(readSweep(file));
  } finally {
    endDiversion();
  }
}
