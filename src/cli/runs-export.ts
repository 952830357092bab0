import type {Command} from 'commander';
import type {ExportedForm} from '../export/index.js';
import {counted} from '../support/index.js';
import {collectPath, experimentDirOption, folder, path, RUNS} from './options.js';

interface ExportFlags {
  readonly experimentDir: string;
  readonly algoperf?: string;
  readonly tensorboard?: string;
  readonly csv?: string;
  readonly parquet?: string;
  readonly json?: boolean;
}

export function addExportCommand(runs: Command): void {
  runs
    .command('export')
    .summary('export runs to AlgoPerf, TensorBoard, pandas or a spreadsheet')
    .description(
      "Writes runs in other tools' formats, several at a time. Unfinished runs are exported as far as they have come.",
    )
    .argument('[runs...]', `${RUNS} (default: all runs)`, collectPath)
    .addOption(experimentDirOption())
    .option(
      '--algoperf <folder>',
      "new folder for the files that AlgoPerf's scoring reads (its --submission_directory; default: none)",
      folder,
    )
    .option('--tensorboard <folder>', "new folder for TensorBoard's event files (its --logdir; default: none)", folder)
    .option('--csv <file>', 'CSV file for one table of all evaluations (default: none)', path)
    .option('--parquet <file>', 'Parquet file for the same table (default: none)', path)
    .option('--json', 'print one JSON array (default: as text)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ algoperf-ts runs export --csv evaluations.csv\n  $ algoperf-ts runs export first second --algoperf logs --parquet evaluations.parquet',
    )
    .action(exportAndTell);
}

async function exportAndTell(runs: readonly string[] = [], {json, ...options}: ExportFlags): Promise<void> {
  const {exportRuns} = await import('../export/index.js');
  const {print} = await import('./table.js');
  const made = await exportRuns({...options, runs});
  for (const note of new Set(made.flatMap(({notes}) => notes))) process.stderr.write(`${note}\n`);
  print(made, () => made.map(exportedText).join('\n'), json);
}

function exportedText({form, to, runs, evaluations}: ExportedForm): string {
  const contents = `${counted(runs, 'run')} with ${counted(evaluations, 'evaluation')}`;
  return `${form}: ${contents}: ${to}`;
}
