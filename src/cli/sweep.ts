import {type Command, Option} from 'commander';
import {collect, experimentDirOption, folder, integerFrom, path, seconds} from './options.js';
import {launchers, type SweepCheckFlags, type SweepFlags} from './sweep-flags.js';
import {addSweepQueue} from './sweep-subcommands.js';

export function addSweepCommand(program: Command): void {
  const sweep = program
    .command('sweep')
    .summary('run many configs from one file')
    .description(
      "Runs every combination, or drawn points, of a file's parameters, each as a run of its own. Started again, it continues.",
    )
    .usage('[options] <sweep.yaml>')
    .argument('<sweep.yaml>', "the sweep: W&B's keys, and workloads, submissions, seeds, config, where, exclude", path);
  addMeans(sweep);
  addProcesses(sweep);
  addLauncher(sweep);
  addMessages(sweep);
  sweep.addHelpText(
    'after',
    `
Exit codes: 0 all runs are done; 100 + the number of runs that failed, up to 125; 130 interrupted.

Examples:
  $ algoperf-ts sweep sweep.yaml --dry-run
  $ algoperf-ts sweep sweep.yaml --jobs 4 --retry 1
  $ algoperf-ts sweep sweep.yaml --launcher slurm --partition gpu --gres gpu:1 --time 2:00:00 --max-parallel 8
  $ algoperf-ts sweep sweep.yaml --launcher command --template 'docker run --rm -v "$PWD":"$PWD" my-image {command}'
  $ algoperf-ts sweep check sweep.yaml
  $ algoperf-ts sweep schema > sweep.schema.json`,
  );
  sweep.action(async (file: string, flags: SweepFlags) => {
    const {sweepCommand} = await import('./sweep-action.js');
    process.exitCode = await sweepCommand(file, flags);
  });
  addCheck(sweep);
  addSweepQueue(sweep);
}

function addMeans(sweep: Command): void {
  sweep
    .addOption(experimentDirOption())
    .addOption(new Option('--backend <name>', 'compute engine: auto, tensorflow, wasm or cpu').default('auto'))
    .option('--no-compile', 'run each step op by op instead of as one graph, on tensorflow (default: as one graph)')
    .option('--data-dir <folder>', "folder of the workloads' data (default: as for run)", folder)
    .option('--max-global-steps <steps>', 'stop each run after this many steps (default: no limit)', integerFrom(1))
    .option(
      '--max-runtime <seconds>',
      "stop a run when its submission's clock shows this much (default: as for run)",
      seconds,
    );
}

function addProcesses(sweep: Command): void {
  sweep
    .option(
      '--jobs <processes>',
      'processes at a time; each reads the data once and does one run after the other (default: as cores and memory allow)',
      integerFrom(1, 512),
    )
    .option('--retry <times>', 'how often a run that fails is tried again, from its checkpoint', integerFrom(0), 0)
    .option('--fail-fast', 'stop all runs, with checkpoints, once one has failed (default: the others continue)')
    .option('--dry-run', 'print the runs and how far they are, and write nothing (default: run them)')
    .option(
      '--no-estimate',
      'with --dry-run: do not time some steps to say how long the sweep takes (default: time them)',
    );
}

function addLauncher(sweep: Command): void {
  sweep
    .addOption(
      new Option(
        '--launcher <launcher>',
        'what does the runs: local: processes of this command; slurm: a job array; print: none, its script is only written; command: your own, by --template',
      )
        .choices([...launchers])
        .default('local'),
    )
    .option(
      '--template <command>',
      'with --launcher command: a shell command with {command} in it, for each task (default: none)',
    )
    .option(
      '--runs-per-task <runs>',
      'runs that a task does one after the other (default: 1; more above 1,000)',
      integerFrom(1),
    )
    .option('--partition <name>', "Slurm partition (default: the cluster's)")
    .option('--time <time>', "limit of a task's time, as Slurm writes it (default: the partition's)")
    .option('--gres <resources>', 'Slurm resources of a task, e.g. gpu:1 (default: none)')
    .option('--cpus-per-task <cores>', "cores of a task (default: Slurm's, one)", integerFrom(1))
    .option(
      '--max-parallel <tasks>',
      'tasks that run at a time (default: as many as there is room for)',
      integerFrom(1),
    )
    .option('--sbatch <key=value>', 'a further option of sbatch; may be repeated', collect, []);
}

function addMessages(sweep: Command): void {
  sweep
    .option('--quiet', 'show only warnings and errors (default: off)')
    .option('--json', 'print the result as one JSON object (default: as a table)');
}

function addCheck(sweep: Command): void {
  sweep
    .command('check')
    .summary('check a sweep file and the configs of all its runs')
    .description('Checks a sweep file and the config of each of its runs, and prints a table of the runs.')
    .argument('<sweep.yaml>', 'the file', path)
    .option('--json', 'print one JSON object (default: a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts sweep check configs/sweeps/rates.yaml')
    .action(async (file: string, _: SweepCheckFlags, command: Command) => {
      const {checkSweep} = await import('./sweep-check.js');
      // An option that `sweep` has too is the parent's to commander.
      await checkSweep(file, command.optsWithGlobals<SweepCheckFlags>());
    });
  sweep
    .command('schema')
    .summary('print the JSON Schema of sweep files, for editors')
    .description('Prints the JSON Schema of sweep files, for editors that complete and check YAML by one.')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts sweep schema > sweep.schema.json')
    .action(async () => {
      const {sweepJsonSchema} = await import('../sweep/index.js');
      process.stdout.write(`${JSON.stringify(sweepJsonSchema(), null, 2)}\n`);
    });
}
