import type {Command} from 'commander';
import {path} from './options.js';
import type {SweepCheckFlags} from './sweep-flags.js';

export function addSweepCommand(program: Command): void {
  const sweep = program
    .command('sweep')
    .summary('check files that describe many runs')
    .description('Many runs from one file: which parameters take which values, on which workloads and seeds.');
  sweep
    .command('check')
    .summary('check a sweep file and the configs of all its runs')
    .description('Checks a sweep file and the config of each of its runs, and prints a table of the runs.')
    .argument('<sweep.yaml>', 'the file', path)
    .option('--json', 'print one JSON object (default: a table)')
    .action(async (file: string, flags: SweepCheckFlags) => {
      const {checkSweep} = await import('./sweep-check.js');
      await checkSweep(file, flags);
    });
  sweep
    .command('schema')
    .summary('print the JSON Schema of sweep files, for editors')
    .description('Prints the JSON Schema of sweep files, for editors that complete and check YAML by one.')
    .action(async () => {
      const {sweepJsonSchema} = await import('../sweep/index.js');
      process.stdout.write(`${JSON.stringify(sweepJsonSchema(), null, 2)}\n`);
    });
}
