import {Argument, type Command, InvalidArgumentError, Option} from 'commander';
import {DEFAULT_VERSION} from '../native/install/index.js';
import type {InstallFlags} from './backend-actions.js';
import type {BenchFlags} from './backend-bench.js';
import {integerFrom} from './options.js';

/** Adds `backend` with its subcommands `list`, `install`, `bench` and `remove`. What they throw is left to the caller. */
export function addBackendCommand(program: Command): void {
  const backend = program
    .command('backend')
    .summary('list, install, time or remove compute engines')
    .description('Shows the compute engines, installs TensorFlow, times the engines, or removes TensorFlow again.');
  addList(backend);
  addInstall(backend);
  addBench(backend);
  backend
    .command('remove')
    .summary('remove what `backend install` installed')
    .description("Removes TensorFlow from the user's cache, and what unfinished installations left there.")
    .addArgument(whichEngine())
    .option('--json', 'print what was removed as JSON (default: as text)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts backend remove tensorflow')
    .action(async (_engine, flags: {json?: boolean}) => (await import('./backend-actions.js')).removeAction(flags));
}

function addList(backend: Command): void {
  backend
    .command('list')
    .summary('list the engines and show which one `auto` takes')
    .description('Lists the compute engines, where each one is, and which one `--backend auto` takes and why.')
    .option('--json', 'print as one JSON object (default: as text)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts backend list')
    .action(async (flags: {json?: boolean}) => (await import('./backend-actions.js')).listAction(flags));
}

function addInstall(backend: Command): void {
  backend
    .command('install')
    .summary('install TensorFlow, the fastest engine')
    .description(
      "Fetches TensorFlow's C library as a Python wheel from the package index that pip is set to (PyPI by default), builds the " +
        "addon for it with the machine's C++ compiler, and puts both into $XDG_CACHE_HOME/algoperf-ts (default: ~/.cache).\n" +
        'Linux x86-64 with glibc. Fetches 274 MB, keeps 854 MB.',
    )
    .addArgument(whichEngine())
    .option('--gpu', 'the build with CUDA kernels, and the CUDA libraries it needs: some GB (default: for the CPU)')
    .option('--version <version>', 'version of TensorFlow', versionNumber, DEFAULT_VERSION)
    .addOption(
      new Option('--fetch-with <program>', 'how to fetch (default: pip if available, else https)').choices([
        'pip',
        'https',
      ]),
    )
    .option('--json', 'print the result as one JSON object (default: as text)')
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts backend install tensorflow
  $ PIP_INDEX_URL=https://pypi.org/simple algoperf-ts backend install tensorflow --fetch-with https`,
    )
    .action(async (_engine, flags: InstallFlags) => (await import('./backend-actions.js')).installAction(flags));
}

function addBench(backend: Command): void {
  backend
    .command('bench')
    .summary('time a training step on each engine')
    .description('Times the AdamW step of the workload mnist on each available engine, each in its own process.')
    .option(
      '--batch-size <examples>',
      'batch size to time; may be repeated (default: 16, 128 and 1024)',
      (value: string, before: readonly number[] | undefined) => [...(before ?? []), integerFrom(1)(value)],
    )
    .option('--json', 'print as one JSON object (default: as a table)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts backend bench --batch-size 128')
    .action(async (flags: BenchFlags) => (await import('./backend-bench.js')).benchAction(flags));
}

function whichEngine(): Argument {
  return new Argument('[engine]', 'the engine').choices(['tensorflow']).default('tensorflow');
}

function versionNumber(value: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(value))
    throw new InvalidArgumentError(`It must be three numbers, such as ${DEFAULT_VERSION}.`);
  return value;
}
