import type {Command} from 'commander';
import type {CheckFlags, DescribeFlags} from './config-actions.js';
import {CONFIG_FILE, collect, path} from './options.js';

export function addConfigCommand(program: Command): void {
  const config = program
    .command('config')
    .summary('check a config file, or describe its format')
    .description('Checks config files and describes their format.');
  addCheck(config);
  addInit(config);
  addKeys(config);
  addSchema(config);
}

function addCheck(config: Command): void {
  config
    .command('check')
    .summary('check a config file without training')
    .description('Checks a config file and prints it with every default filled in. All mistakes are reported at once.')
    .argument('<file>', CONFIG_FILE, path)
    .option(
      '--workload <name or path>',
      'also check the schedule over the steps of this workload (default: only what needs none)',
    )
    .option(
      '--submission <name or path>',
      "training algorithm whose keys to use (default: the config's, else cyclic)",
      path,
    )
    .option('--set <key=value>', 'change a key first; may be repeated', collect, [])
    .option('--json', 'print the resolved config as JSON (default: as YAML)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts config check configs/mnist/three-cycles.yaml --workload mnist')
    .action(async (file: string, flags: CheckFlags) => (await import('./config-actions.js')).checkAction(file, flags));
}

function addInit(config: Command): void {
  config
    .command('init')
    .summary('print a starter config')
    .description('Prints a minimal config for a submission, with comments and the optional keys.')
    .option('--workload <name or path>', 'workload it is for', 'mnist')
    .option('--submission <name or path>', 'training algorithm it is for', path, 'cyclic')
    .option('--out <file>', 'write it to a new file (default: to stdout)', path)
    .addHelpText('after', '\nExample:\n  $ algoperf-ts config init --workload mnist --out my-config.yaml')
    .action(async (flags: DescribeFlags & {workload: string}) =>
      (await import('./config-actions.js')).initAction(flags),
    );
}

function addKeys(config: Command): void {
  config
    .command('keys')
    .summary('print a table of the keys of config files')
    .description('Prints all keys of config files as a Markdown table: types, defaults, which are required, meanings.')
    .option('--submission <name or path>', 'training algorithm whose keys to use', path, 'cyclic')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts config keys')
    .action(async (flags: DescribeFlags) => (await import('./config-actions.js')).keysAction(flags));
}

function addSchema(config: Command): void {
  config
    .command('schema')
    .summary('print the JSON Schema of config files')
    .description('Prints the JSON Schema of config files, for editors and other tools.')
    .option('--submission <name or path>', 'training algorithm whose keys to use', path, 'cyclic')
    .option('--out <file>', 'write it to a file (default: to stdout)', path)
    .addHelpText('after', '\nExample:\n  $ algoperf-ts config schema --out algoperf.schema.json')
    .action(async (flags: DescribeFlags) => (await import('./config-actions.js')).schemaAction(flags));
}
