import type {Command} from 'commander';
import type {RunSummary} from '../runs/index.js';
import {count} from '../support/index.js';
import {folder, path} from './options.js';

interface Flags {
  readonly experimentDir: string;
  readonly json?: boolean;
}

export function addRunsCommand(program: Command): void {
  const runs = program.command('runs').description('Lists and shows the runs in an experiment folder.');
  runs
    .command('list')
    .summary('list the runs: status, best metric, time')
    .description('Lists the runs, the oldest first: status, steps, best validation metric, time to target.')
    .option('--experiment-dir <folder>', 'where experiments are kept', folder, 'experiments')
    .option('--json', 'print one JSON array (default: a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts runs list --json')
    .action(async ({experimentDir, json}: Flags) => {
      const {listRuns} = await import('../runs/index.js');
      const {print, table} = await import('./table.js');
      const found = listRuns(experimentDir);
      const empty = `there are no runs in ${experimentDir}`;
      print(found, () => (found.length === 0 ? empty : table(COLUMNS, found.map(cells))), json);
    });
  runs
    .command('show')
    .summary('show one run')
    .description('Shows one run: its result, or how far it has come.')
    .argument('<run>', "an experiment's name or what it begins with, or its folder or a run's", path)
    .option('--experiment-dir <folder>', 'where experiments are kept', folder, 'experiments')
    .option('--json', 'print one JSON object (default: as text)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts runs show three-cycles')
    .action(async (name: string, {experimentDir, json}: Flags) => {
      const {findRun, readResult} = await import('../runs/index.js');
      const {print} = await import('./table.js');
      const run = findRun(experimentDir, name);
      print({...run, result: readResult(run.path) ?? null}, () => described(run), json);
    });
}

const COLUMNS = ['experiment', 'workload', 'status', 'steps', 'best', 'at step', 'to target (s)', 'submission (s)'];

function cells(run: RunSummary): string[] {
  return [
    run.experiment,
    run.workload,
    run.status,
    count(run.globalStep),
    run.best?.value.toFixed(4) ?? '-',
    run.best ? count(run.best.globalStep) : '-',
    run.timeToTarget?.seconds.toFixed(2) ?? '-',
    run.submissionSeconds.toFixed(2),
  ];
}

function described(run: RunSummary): string {
  const {best, timeToTarget} = run;
  return [
    `${run.experiment}: ${run.workload}, ${run.status.replaceAll('_', ' ')} at step ${count(run.globalStep)}`,
    ...(run.damage ? [`  ${run.damage}`] : []),
    `  begun ${run.begun}, ${run.submissionSeconds.toFixed(1)} s on the submission's clock`,
    best
      ? `  best validation ${run.metric} ${best.value.toFixed(4)} at step ${count(best.globalStep)}`
      : '  no evaluation yet',
    timeToTarget
      ? `  target reached at step ${count(timeToTarget.globalStep)}, after ${timeToTarget.seconds.toFixed(2)} s`
      : '  target not reached',
    `  ${run.path}`,
  ].join('\n');
}
