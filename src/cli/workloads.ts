import type {Command} from 'commander';
import type {Workload} from '../contract/index.js';

export function addWorkloadsCommand(program: Command): void {
  const workloads = program
    .command('workloads')
    .summary('list the workloads with targets and budgets, or write a template for your own')
    .description('Lists the workloads with their targets, budgets, examples and batch sizes.')
    .option('--json', 'print one JSON array (default: a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts workloads')
    .action(async ({json}: {json?: boolean}) => {
      const {loadWorkload, workloadNames} = await import('../../workloads/index.js');
      const {signOf, targetRuleOf} = await import('../metrics/index.js');
      const {fittedTable, print, terminalWidth} = await import('./table.js');
      const workloads = await Promise.all(workloadNames.map((name) => loadWorkload(name)));
      const rows = workloads.map(listed);
      print(
        rows,
        () =>
          fittedTable(
            {names: COLUMNS, headers: COLUMNS, rows: rows.map((row) => cells(row, signOf(targetRuleOf(row))))},
            terminalWidth(),
            ['batch', 'train', 'test', 'seconds'],
          ),
        json,
      );
    });
  workloads
    .command('new')
    .summary('write a template for your own workload')
    .description('Writes <name>.ts: a small commented workload that runs as it is, ready for your own data and model.')
    .argument('<name>', 'name of the workload')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts workloads new mine')
    .action(async (name: string) => {
      const {newModule} = await import('./new-module.js');
      const {workloadNames} = await import('../../workloads/index.js');
      newModule('workload', name, workloadNames);
    });
}

const COLUMNS = ['workload', 'metric', 'validation', 'test', 'step hint', 'seconds', 'train', 'batch', 'description'];

type Listed = Pick<
  Workload,
  'name' | 'summary' | 'metrics' | 'lossMetric' | 'target' | 'budget' | 'examples' | 'batchSize'
>;

function listed({name, summary, metrics, lossMetric, target, budget, examples, batchSize}: Workload): Listed {
  return {name, summary, metrics, lossMetric, target, budget, examples, batchSize};
}

/** @param sign - of the relation in which a value that reaches the target stands to it */
function cells({name, summary, target, budget, examples, batchSize}: Listed, sign: string): string[] {
  return [
    name,
    target.metric,
    `${sign} ${target.validation}`,
    target.test === undefined ? '-' : `${sign} ${target.test}`,
    String(budget.stepHint),
    String(budget.seconds),
    String(examples.train),
    String(batchSize),
    summary,
  ];
}
