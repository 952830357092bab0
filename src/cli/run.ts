import {type Command, Option} from 'commander';
import {logLevels} from '../support/index.js';
import {addLogs} from './log-flags.js';
import {CONFIG, collect, experimentName, folder, integerFrom, path, seconds} from './options.js';
import type {RunFlags} from './run-flags.js';
import {addTuning} from './tuning-flags.js';

/** Does what the flags say. */
export type RunAction = (flags: RunFlags) => Promise<void>;

export function addRunCommand(program: Command, action: RunAction): void {
  const run = program
    .command('run')
    .summary('train a workload and measure the time to its target')
    .description('Trains a workload with a submission, as the config says, and stores the run in a folder.');
  const parts = [addProblem, addTuning, addFolder, addMeans, addLimits, addLogs, addMessages];
  for (const addOptions of parts) addOptions(run);
  run
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts run --workload mnist --config configs/mnist/three-cycles.yaml
  $ algoperf-ts run --workload mnist --submission adamw
  $ algoperf-ts run --workload mnist --config sched.yaml --set hyperparameters.learning_rate=1e-3 --rng-seed 1 --json
  $ algoperf-ts run --workload mnist --config sched.yaml --experiment-name first --resume
  $ algoperf-ts run --workload mnist --config sched.yaml --experiment-name lr/1e-3 --set hyperparameters.learning_rate=1e-3 --begin-or-resume
  $ algoperf-ts run --workload mnist --submission nadamw --tuning-search-space nadamw --num-tuning-trials 5 --num-studies 3`,
    )
    .action(action);
}

/** What is trained, and how. */
function addProblem(run: Command): void {
  run
    .requiredOption(
      '--workload <name or path>',
      'workload to train: a built-in one (see: algoperf-ts workloads), or a .ts or .js file',
    )
    .option('--config <file>', CONFIG, path)
    .option(
      '--submission <name or path>',
      "training algorithm: a built-in one, or a .ts or .js file (default: the config's, else cyclic)",
      path,
    )
    .option(
      '--set <key=value>',
      "change a key of the config, e.g. 'schedule.alter_decays=[0,.002]'; may be repeated",
      collect,
      [],
    );
}

/** The run's folder, and whether it may be there. */
function addFolder(run: Command): void {
  run
    .option('--experiment-dir <folder>', 'where experiments are kept', folder, 'experiments')
    .option(
      '--experiment-name <name>',
      "the experiment's folder, may have slashes (default: the config's name and the time)",
      experimentName,
    )
    .addOption(new Option('--overwrite', 'replace a run of that name (default: refuse)').conflicts('resume'))
    .option('--resume', 'continue from the last checkpoint of the run of that name (default: begin a new run)')
    .addOption(
      new Option(
        '--begin-or-resume',
        'continue the run of that name if there is one, else begin it: for scripts that are started again (default: off)',
      ).conflicts(['overwrite', 'resume']),
    )
    .option(
      '--with-changed-submission',
      'where a run or a trial is continued: although your own code has changed; it is not official then (default: refuse)',
    );
}

/** Engine and data. */
function addMeans(run: Command): void {
  run
    .addOption(new Option('--backend <name>', 'compute engine: auto, tensorflow, wasm or cpu').default('auto'))
    .option('--no-compile', 'run each step op by op instead of as one graph, on tensorflow (default: as one graph)')
    .option(
      '--data-dir <folder>',
      "folder of the workload's data (default: $ALGOPERF_DATA_DIR, else what was downloaded or came with the package)",
      folder,
    )
    .option('--rng-seed <integer>', 'seed of all random numbers (default: drawn and recorded)', integerFrom(0));
}

function addLimits(run: Command): void {
  run
    .option('--max-global-steps <steps>', 'stop after this many steps (default: no limit)', integerFrom(1))
    .option(
      '--max-runtime <seconds>',
      "stop when the submission's clock shows this much (default: the workload's budget, 1.5 times as much with --tuning-ruleset self; no limit with evaluation.every_steps)",
      seconds,
    );
}

function addMessages(run: Command): void {
  run
    .addOption(
      new Option('--log-level <level>', 'least severe messages to show').choices([...logLevels]).default('info'),
    )
    .addOption(
      new Option('--log-format <format>', "form of the messages on stderr: lines for people, or pino's JSON")
        .choices(['text', 'json'])
        .default('text'),
    )
    .option('--quiet', 'show only warnings and errors (default: off)')
    .option('--json', 'print the result as one JSON object (default: as text)');
}
