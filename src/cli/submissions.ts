import type {Command} from 'commander';

export function addSubmissionsCommand(program: Command): void {
  const submissions = program.command('submissions').description('Lists the submissions, and begins one of your own.');
  addList(submissions);
  addNew(submissions);
}

function addList(submissions: Command): void {
  submissions
    .command('list')
    .summary('list the submissions that are built in')
    .description('Lists the submissions that are built in: what they are, their rule, and where they are published.')
    .option('--json', 'print one JSON array (default: a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts submissions list')
    .action(async ({json}: {json?: boolean}) => {
      const {loadBuiltIn, submissionNames} = await import('../submissions/index.js');
      const {print, table} = await import('./table.js');
      const rows = await Promise.all(submissionNames.map(async (name) => ({name, ...(await loadBuiltIn(name)).about})));
      const cells = rows.map(({name, ruleset, summary, rule, paper}) => [name, ruleset, summary, rule, paper]);
      print(rows, () => table(['submission', 'ruleset', 'what it is', 'rule', 'paper'], cells), json);
    });
}

function addNew(submissions: Command): void {
  submissions
    .command('new')
    .summary('write a submission of your own to begin with')
    .description('Writes <name>.ts: a submission with comments, that runs as it is, to put your own algorithm in.')
    .argument('<name>', 'of the submission')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts submissions new mine')
    .action(async (name: string) => {
      const {newModule} = await import('./new-module.js');
      newModule('submission', name);
    });
}
