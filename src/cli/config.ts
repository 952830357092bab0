import type {Command} from 'commander';
import {CONFIG, collect, path} from './options.js';

interface CheckFlags {
  readonly workload?: string;
  readonly submission?: string;
  readonly set: readonly string[];
  readonly json?: boolean;
}

export function addConfigCommand(program: Command): void {
  const config = program.command('config').description('Checks config files and describes their format.');
  config
    .command('check')
    .summary('check a config file without training')
    .description('Checks a config file and prints it with every default filled in. All mistakes are told at once.')
    .argument('<file>', CONFIG, path)
    .option(
      '--workload <name>',
      'also check the schedule over the steps of this workload (default: only what needs none)',
    )
    .option(
      '--submission <name or path>',
      "training algorithm whose keys are meant (default: the config's, else cyclic)",
      path,
    )
    .option('--set <key=value>', 'change a key first; may be repeated', collect, [])
    .option('--json', 'print the resolved config as JSON (default: as YAML)')
    .addHelpText('after', '\nExample:\n  $ algoperf-ts config check configs/mnist/three-cycles.yaml --workload mnist')
    .action(check);
  config
    .command('schema')
    .summary('print the JSON Schema of config files')
    .description('Prints the JSON Schema of config files, for editors and other tools.')
    .option('--submission <name or path>', 'training algorithm whose keys are meant', path, 'cyclic')
    .option('--out <file>', 'write it to a file (default: to stdout)', path)
    .addHelpText('after', '\nExample:\n  $ algoperf-ts config schema --out algoperf.schema.json')
    .action(schema);
}

async function check(file: string, flags: CheckFlags): Promise<void> {
  const {checkConfig, readConfig} = await import('../config/index.js');
  const {withSubmission} = await import('./process-end.js');
  const {loadWorkload} = await import('../../workloads/index.js');
  const {parse} = await import('yaml');
  const source = readConfig(file, flags);
  const workload = flags.workload === undefined ? undefined : await loadWorkload(flags.workload);
  const {config, resolved, mistake} = await withSubmission(source, (submission) =>
    checkConfig(source, submission, workload),
  );
  // A run knows its data, and refuses by that; here the workload's standard counts are all there is.
  if (workload && (config.batchSize ?? 0) > workload.examples.train) {
    const message = `${workload.name} has ${workload.examples.train} training examples, found ${config.batchSize}`;
    throw mistake({path: ['batch_size'], message});
  }
  process.stdout.write(flags.json ? `${JSON.stringify(parse(resolved), null, 2)}\n` : resolved);
  if (!workload)
    process.stderr.write('Checked without a workload; --workload <name> also checks the cycles over its steps.\n');
}

async function schema({submission, out}: {submission: string; out?: string}): Promise<void> {
  const {jsonSchemaFor} = await import('../config/index.js');
  const {loadSubmission} = await import('../submissions/index.js');
  const {writeWhole} = await import('../support/index.js');
  const text = `${JSON.stringify(jsonSchemaFor(await loadSubmission(submission)), null, 2)}\n`;
  if (out === undefined) process.stdout.write(text);
  else writeWhole(out, text);
}
