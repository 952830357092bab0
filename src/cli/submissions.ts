import {type Command, Option} from 'commander';
import {collect, path} from './options.js';
import type {SubmissionsCheckFlags} from './submissions-check.js';

/** @param seal - protects the process from user code */
export function addSubmissionsCommand(program: Command, seal: () => Promise<void>): void {
  const submissions = program
    .command('submissions')
    .summary('list the submissions, check one, or write a template for your own')
    .description('Lists the submissions, checks one, or writes a template for your own.');
  addList(submissions);
  addNew(submissions);
  addCheck(submissions, seal);
}

function addList(submissions: Command): void {
  submissions
    .command('list')
    .summary('list the built-in submissions')
    .description('Lists the built-in submissions with their descriptions, rules and papers.')
    .option('--json', 'print one JSON array (default: a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts submissions list')
    .action(async ({json}: {json?: boolean}) => {
      const {loadBuiltIn, submissionNames} = await import('../submissions/index.js');
      const {fittedTable, print, terminalWidth} = await import('./table.js');
      const rows = await Promise.all(submissionNames.map(async (name) => ({name, ...(await loadBuiltIn(name)).about})));
      const headers = ['submission', 'ruleset', 'description', 'rule', 'paper'];
      const wide = {
        names: headers,
        headers,
        rows: rows.map(({name, ruleset, summary, rule, paper}) => [name, ruleset, summary, rule, paper]),
      };
      print(rows, () => fittedTable(wide, terminalWidth(), ['rule', 'paper']), json);
    });
}

function addNew(submissions: Command): void {
  submissions
    .command('new')
    .summary('write a template for your own submission')
    .description('Writes <name>.ts: a commented submission that runs as it is, ready for your own algorithm.')
    .argument('<name>', 'name of the submission')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts submissions new mine')
    .action(async (name: string) => {
      const {newModule} = await import('./new-module.js');
      const {submissionNames} = await import('../submissions/index.js');
      newModule('submission', name, submissionNames);
    });
}

function addCheck(submissions: Command, seal: () => Promise<void>): void {
  submissions
    .command('check')
    .summary('check a submission on small problems')
    .description(
      'Runs a submission on small problems, about a second each, and reports what is wrong with it. The exit code is 2 if there are findings.',
    )
    .argument('<name or path>', 'a built-in submission, or a .ts or .js file', path)
    .option('--config <file>', "YAML file, or - for stdin (default: the submission's own)", path)
    .option('--set <key=value>', 'change a key of the config; may be repeated', collect, [])
    .option('--backend <name>', 'compute engine: auto, tensorflow, wasm or cpu', 'auto')
    .addOption(
      new Option('--problem <name...>', 'problems to run it on (default: all)').choices([
        'digits',
        'transformer',
        'batch-norm',
        'unknown-targets',
      ]),
    )
    .option('--json', 'print one JSON object (default: text)')
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts submissions check ./mine.ts
  $ algoperf-ts submissions check adamw --set hyperparameters.learning_rate=0.01`,
    )
    .action(async (submission: string, flags: SubmissionsCheckFlags) => {
      const {checkAction} = await import('./submissions-check.js');
      await checkAction(submission, flags, seal);
    });
}
