import type {Command} from 'commander';
import type {DownloadFlags, PrepareFlags} from './data-actions.js';
import {folder} from './options.js';

const DEFAULT_FOLDER =
  '(default: $ALGOPERF_DATA_DIR, else data/<workload> in $XDG_CACHE_HOME/algoperf-ts or ~/.cache/algoperf-ts)';

/** Adds `data` with its subcommands `download` and `prepare`. */
export function addDataCommand(program: Command): void {
  const data = program
    .command('data')
    .summary("download a workload's data, or make it of text")
    .description("Gets the data of the workloads that don't come with their data.");
  data
    .command('download')
    .summary("fetch, check and unpack a workload's data")
    .description(
      "Fetches a workload's data, checks its MD5 and unpacks it to where `run` finds it. What has arrived is kept if it breaks " +
        'off: the same command continues from there. An archive that is in the folder already is not fetched. ' +
        'HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS are honoured.',
    )
    .argument('<workload>', 'workload whose data to get')
    .option('--data-dir <folder>', `where to put it ${DEFAULT_FOLDER}`, folder)
    .option('--url <address>', 'another address of the same archive (default: the official one)')
    .option('--json', 'print the result as one JSON object (default: as text)')
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts data download cifar
  $ algoperf-ts data download cifar --data-dir data`,
    )
    .action(async (workload: string, flags: DownloadFlags) => {
      const {downloadAction} = await import('./data-actions.js');
      await downloadAction(workload, flags);
    });
  addPrepareCommand(data);
}

function addPrepareCommand(data: Command): void {
  data
    .command('prepare')
    .summary("make a workload's data of your own text")
    .description(
      "Makes a workload's data of text. A file is a document, or each line of a .jsonl with a field `text`; both may be packed as " +
        '.gz. Documents are split into training and validation before anything else, so that none is in both. What AlgoPerf has ' +
        'tokenized need not be tokenized again: --tokens takes its Arrow files or its saved data sets.',
    )
    .argument('<workload>', 'workload whose data to make')
    .option('--text <files or folders...>', 'where the text is; hidden files are left out')
    .option('--tokens <files or folders...>', 'where documents are that are tokenized already, instead of --text')
    .option('--data-dir <folder>', `where to put it ${DEFAULT_FOLDER}`)
    .option('--json', 'print the result as one JSON object (default: as text)')
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts data prepare finewebedu_lm --text books notes.jsonl --data-dir tokens
  $ algoperf-ts data prepare finewebedu_lm --tokens fineweb_edu_10B/fwedu_10B_tokenized --data-dir tokens`,
    )
    .action(async (workload: string, flags: PrepareFlags) => {
      const {prepareAction} = await import('./data-actions.js');
      await prepareAction(workload, flags);
    });
}
