import {type Command, Option} from 'commander';
import type {RunSettings, RunSummary} from '../runs/index.js';
import {count} from '../support/index.js';
import {folder, path} from './options.js';
import {addExportCommand} from './runs-export.js';

interface Flags {
  readonly experimentDir: string;
  readonly json?: boolean;
}

interface ListFlags extends Flags {
  readonly columns?: string;
}

export function addRunsCommand(program: Command): void {
  const runs = program.command('runs').description('Lists, shows and exports the runs in an experiment folder.');
  runs
    .command('list')
    .summary('list the runs: status, best metric, time')
    .description('Lists the runs, the oldest first: status, steps, best validation metric, time to target.')
    .option('--experiment-dir <folder>', 'where experiments are kept', folder, 'experiments')
    .option(
      '--columns <names>',
      "columns to show, by commas: any of the table's and keys of the configs, e.g. experiment,best,seed (default: the most used)",
    )
    .addOption(new Option('--json', 'print one JSON array, settings included (default: a table)').conflicts('columns'))
    .addHelpText(
      'after',
      '\nExamples:\n  $ algoperf-ts runs list --json\n  $ algoperf-ts runs list --columns experiment,best,hyperparameters.learning_rate',
    )
    .action(list);
  runs
    .command('show')
    .summary('show one run')
    .description('Shows one run: its result, or how far it has come.')
    .argument('<run>', "an experiment's name or what it begins with, or its folder or a run's", path)
    .option('--experiment-dir <folder>', 'where experiments are kept', folder, 'experiments')
    .option('--json', 'print one JSON object (default: as text)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts runs show three-cycles')
    .action(async (name: string, {experimentDir, json}: Flags) => {
      const {findRun, readResult, readSettings} = await import('../runs/index.js');
      const {print} = await import('./table.js');
      const run = findRun(experimentDir, name);
      print({...run, ...readSettings(run.path), result: readResult(run.path) ?? null}, () => described(run), json);
    });
  addExportCommand(runs);
}

async function list({experimentDir, json, columns}: ListFlags): Promise<void> {
  const {listRuns, readSettings} = await import('../runs/index.js');
  const {defaultColumns, tableOf} = await import('./run-columns.js');
  const {print, table} = await import('./table.js');
  const summaries = listRuns(experimentDir);
  const needsSettings = json || columns !== undefined;
  const runs = summaries.map((run) => ({...run, ...(needsSettings ? readSettings(run.path) : NO_SETTINGS)}));
  const names = columns?.split(',').map((name) => name.trim()) ?? defaultColumns(runs);
  const {headers, rows} = tableOf(runs, names);
  print(runs, () => (runs.length === 0 ? `there are no runs in ${experimentDir}` : table(headers, rows)), json);
}

const NO_SETTINGS: RunSettings = {seed: null, backend: null, config: null, overrides: null};

function described(run: RunSummary): string {
  const {best, timeToTarget} = run;
  if (run.status === 'unreadable') return `${run.experiment}: ${run.damage}\n  ${run.path}`;
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
