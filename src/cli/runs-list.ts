import {type Command, Option} from 'commander';
import type {RunFields, RunSummary} from '../runs/index.js';
import {experimentDirOption} from './options.js';

interface ListFlags {
  readonly experimentDir: string;
  readonly where?: string;
  readonly sort?: string;
  readonly columns?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function addListCommand(runs: Command): void {
  runs
    .command('list')
    .summary('list the runs: status, best metric, time')
    .description('Lists the runs, the oldest first: status, steps, best validation metric, time to target.')
    .addOption(experimentDirOption())
    .option(
      '--where <filter>',
      "only runs that meet a condition, e.g. 'learning_rate < 0.01 and status = complete' (default: all)",
    )
    .option('--sort <keys>', 'order, by commas; - before a key: descending, e.g. workload,-best (default: begun)')
    .option(
      '--columns <names>',
      "columns to show, by commas: any of the table's and keys of the configs, e.g. experiment,best,seed (default: the most used)",
    )
    .addOption(
      new Option('--json', 'print one JSON array: all of a run, or what --columns names (default: a table)').conflicts(
        'csv',
      ),
    )
    .option('--csv', 'print CSV, numbers in full (default: a table)')
    .addHelpText('after', HELP)
    .action(list);
}

const HELP = `
A filter compares keys with values: = != < <= > >= in [a, b], and, or, not, ( ). Keys are the table's columns,
hyperparameters, and dotted keys of the configs; text with spaces goes in quotes. The status \`complete\` is
target_reached or budget_spent.

Examples:
  $ algoperf-ts runs list --where 'learning_rate < 0.01 and status = complete' --sort -best
  $ algoperf-ts runs list --where "workload = mnist and not (seed in [1, 2] or status = failed)" --csv
  $ algoperf-ts runs list --columns experiment,best,learning_rate,schedule.budget_step_hints`;

async function list({experimentDir, where, sort, columns, json, csv}: ListFlags): Promise<void> {
  const {fieldsOf, listRuns, noRunsIn, runsWhere, sortedRuns} = await import('../runs/index.js');
  const all = listRuns(experimentDir);
  const fields = fieldsOf(all);
  const some = where === undefined ? all : runsWhere(all, where, fields);
  const runs = sort === undefined ? some : sortedRuns(some, sort, fields);
  if (json) return writeJson(runs, fields, columns);
  if (csv) return writeCsv(runs, fields, columns);
  const {print} = await import('./table.js');
  const nothing = all.length === 0 ? noRunsIn(experimentDir) : `none of the ${all.length} runs meets --where`;
  const text = runs.length === 0 ? nothing : await tableText(runs, fields, columns);
  print(runs, () => text);
}

async function tableText(runs: readonly RunSummary[], fields: RunFields, columns: string | undefined): Promise<string> {
  const {defaultColumns, leastNeeded, namesIn, tableOf} = await import('./run-columns.js');
  const {withMarkNote} = await import('./official-mark.js');
  const {fittedTable, terminalWidth} = await import('./table.js');
  const names = columns === undefined ? defaultColumns(runs) : namesIn(columns);
  // Columns that were asked for are shown as they are.
  const width = columns === undefined ? terminalWidth() : undefined;
  return withMarkNote(fittedTable({names, ...tableOf(runs, names, fields)}, width, leastNeeded));
}

async function writeJson(runs: readonly RunSummary[], fields: RunFields, columns: string | undefined): Promise<void> {
  const {listedRun} = await import('../runs/index.js');
  const {columnsOf, namesIn} = await import('./run-columns.js');
  const {jsonList} = await import('./table.js');
  const {writeParts} = await import('./stdout.js');
  const chosen = columns === undefined ? undefined : columnsOf(fields, namesIn(columns));
  const objectOf = (run: RunSummary): object =>
    chosen ? Object.fromEntries(chosen.map(({name, value}) => [name, value(run)])) : listedRun(run);
  writeParts(jsonList(runs, objectOf));
}

async function writeCsv(runs: readonly RunSummary[], fields: RunFields, columns: string | undefined): Promise<void> {
  const {columnNames, columnsOf, namesIn} = await import('./run-columns.js');
  const {csvRecords} = await import('./csv-text.js');
  const {writeParts} = await import('./stdout.js');
  const chosen = columnsOf(fields, columns === undefined ? columnNames : namesIn(columns));
  const names = chosen.map(({name}) => name);
  writeParts(csvRecords(names, runs, (run) => chosen.map(({value}) => value(run))));
}
