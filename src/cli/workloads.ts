import type {Command} from 'commander';

export function addWorkloadsCommand(program: Command): void {
  program
    .command('workloads')
    .summary('list the workloads, with targets and budgets')
    .description('Lists the workloads with their targets, budgets, examples and batch sizes.')
    .option('--json', 'print one JSON array (default: a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts workloads')
    .action(async ({json}: {json?: boolean}) => {
      const {loadWorkload, workloadNames} = await import('../../workloads/index.js');
      const {print, table} = await import('./table.js');
      const workloads = await Promise.all(workloadNames.map((name) => loadWorkload(name)));
      const rows = workloads.map(({name, summary, target, budget, examples, batchSize}) => ({
        name,
        summary,
        target,
        budget,
        examples,
        batchSize,
      }));
      print(rows, () => table(COLUMNS, rows.map(cells)), json);
    });
}

const COLUMNS = ['workload', 'metric', 'validation', 'test', 'step hint', 'seconds', 'train', 'batch', 'what it is'];

type Listed = Pick<
  import('../contract/index.js').Workload,
  'name' | 'summary' | 'target' | 'budget' | 'examples' | 'batchSize'
>;

function cells({name, summary, target, budget, examples, batchSize}: Listed): (string | number)[] {
  const sign = target.goal === 'maximize' ? '>' : '<';
  return [
    name,
    target.metric,
    `${sign} ${target.validation}`,
    `${sign} ${target.test}`,
    budget.stepHint,
    budget.seconds,
    examples.train,
    batchSize,
    summary,
  ];
}
