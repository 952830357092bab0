import type {Command} from 'commander';
import {integerFrom, path} from './options.js';
import type {SweepQueueFlags} from './sweep-queue.js';
import type {SweepTaskFlags} from './sweep-task.js';

/** The commands that look after a sweep which a cluster runs. */
export function addSweepQueue(sweep: Command): void {
  look(sweep, 'status', 'show how far the runs of a sweep are, and what is in the queue').action(
    async (name: string, _: unknown, command: Command) => (await queue()).sweepStatus(name, flagsOf(command)),
  );
  look(sweep, 'wait', 'wait until no task of a sweep is in the queue').action(
    async (name: string, _: unknown, command: Command) => {
      process.exitCode = await (await queue()).sweepWait(name, flagsOf(command));
    },
  );
  look(sweep, 'cancel', "take a sweep's jobs from the queue, with checkpoints of the runs under way").action(
    async (name: string, _: unknown, command: Command) => {
      process.exitCode = (await queue()).sweepCancel(name, flagsOf(command));
    },
  );
  look(sweep, 'logs', "show the ends of the logs of a sweep's tasks")
    .option('--lines <lines>', 'of each log (default: 20)', integerFrom(1))
    .action(async (name: string, _: unknown, command: Command) => (await queue()).sweepLogs(name, flagsOf(command)));
  addTask(sweep);
}

function look(sweep: Command, name: string, summary: string): Command {
  return sweep
    .command(name)
    .summary(summary)
    .description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
    .argument('<sweep>', "the sweep's name: its folder among the experiments", path)
    .option('--experiment-dir <folder>', 'where experiments are kept (default: "experiments")', path)
    .option('--json', 'print one JSON object (default: as text)')
    .addHelpText('after', `\nExample:\n  $ algoperf-ts sweep ${name} rates`);
}

/** Options that `sweep` has too may stand before the subcommand or after it, and the parent has defaults of them: what is given counts. */
function flagsOf(command: Command): SweepQueueFlags {
  return {...command.optsWithGlobals<SweepQueueFlags>(), ...command.opts<SweepQueueFlags>()};
}

function queue(): Promise<typeof import('./sweep-queue.js')> {
  return import('./sweep-queue.js');
}

function addTask(sweep: Command): void {
  sweep
    .command('task')
    .summary('do some runs of a launched sweep: what its jobs call')
    .description('Does runs of a launched sweep in this process, one after the other. Jobs of a cluster call it.')
    .argument('<file>', "the launch's runs, slurm/runs-<k>.json in the sweep's folder", path)
    .argument('<numbers...>', 'which of them, counted from 0', numbered)
    .option('--requeue', 'put the Slurm job back into the queue when a signal stops it (default: end)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts sweep task experiments/rates/slurm/runs-1.json 0 1 --requeue')
    .action(async (file: string, numbers: number[], flags: SweepTaskFlags) => {
      const {sweepTask} = await import('./sweep-task.js');
      process.exitCode = await sweepTask(file, numbers, flags);
    });
}

function numbered(value: string, before: readonly number[] = []): number[] {
  return [...before, integerFrom(0)(value)];
}
