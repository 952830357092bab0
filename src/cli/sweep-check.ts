import {loadSealed} from '../submissions/index.js';
import {counted, modulePathsIn} from '../support/index.js';
import {planSweep, readSweep, type Sweep, type SweepPlan} from '../sweep/index.js';
import {divertStdout} from './stdout.js';
import type {SweepCheckFlags} from './sweep-flags.js';
import {earlyTerminateText, plannedValue, runsTable} from './sweep-tables.js';
import {print} from './table.js';

/** Checks a sweep and prints its runs. @throws UserError listing all mistakes */
export async function checkSweep(file: string, {json}: SweepCheckFlags): Promise<void> {
  const plan = await loadPlan(readSweep(file));
  const checked = `${file}: ${counted(plan.runs.length, 'run')}, each config checked`;
  const text = () => [runsTable(plan), ...earlyTerminateText(plan), checked].join('\n');
  print({sweep: plan.sweep.name, runs: plan.runs.map(plannedValue)}, text, json);
}

/** Plans a sweep; user code that is loaded for it does not print to stdout. */
export async function loadPlan(sweep: Sweep): Promise<SweepPlan> {
  const endDiversion = divertStdout();
  try {
    return await planSweep(sweep, (work, named) => {
      const [module] = modulePathsIn(named);
      return module === undefined ? work() : loadSealed(work, module);
    });
  } finally {
    endDiversion();
  }
}
