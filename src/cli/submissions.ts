import type {Command} from 'commander';

export function addSubmissionsCommand(program: Command): void {
  const submissions = program
    .command('submissions')
    .description('Lists the submissions, or writes a template for your own.');
  addList(submissions);
  addNew(submissions);
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
      const {print, table} = await import('./table.js');
      const rows = await Promise.all(submissionNames.map(async (name) => ({name, ...(await loadBuiltIn(name)).about})));
      const cells = rows.map(({name, ruleset, summary, rule, paper}) => [name, ruleset, summary, rule, paper]);
      print(rows, () => table(['submission', 'ruleset', 'description', 'rule', 'paper'], cells), json);
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
      newModule('submission', name);
    });
}
