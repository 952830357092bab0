import {Command} from 'commander';
import {version} from '../support/index.js';
import {addBackendCommand} from './backend.js';
import {addConfigCommand} from './config.js';
import {addDataCommand} from './data.js';
import {EXIT, exitCodeOf} from './exit.js';
import {withFlagHints} from './flag-hints.js';
import {addPlotCommand} from './plot.js';
import {addRunCommand} from './run.js';
import {addRunsCommand} from './runs.js';
import {addWorkloadsCommand} from './workloads.js';

/**
 * The command line. Results go to stdout, everything else to stderr.
 * @returns the exit code: 0 done, 2 what the user can mend, 130 interrupted, 1 a fault of the tool
 */
export async function main(argv: readonly string[]): Promise<number> {
  quietOnClosedPipe();
  // stdout is the result's alone, whatever a submission or a library prints.
  globalThis.console = new console.Console(process.stderr, process.stderr);
  try {
    await createProgram(argv).parseAsync([...argv]);
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    return exitCodeOf(error);
  }
}

function createProgram(argv: readonly string[]): Command {
  const program = new Command('algoperf-ts')
    .description('Trains workloads with submissions and measures the time to their targets.')
    .version(version)
    // After a command's name its own options stand: `backend install --version` is TensorFlow's.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText('after', '\nExample:\n  $ algoperf-ts run --workload mnist --config configs/mnist/three-cycles.yaml');
  for (const add of [
    addRunCommand,
    addPlotCommand,
    addWorkloadsCommand,
    addRunsCommand,
    addConfigCommand,
    addDataCommand,
    addBackendCommand,
  ])
    add(program);
  everyCommand(program, (command) => {
    const outputError = (text: string, write: (text: string) => void) => write(withFlagHints(text, command, argv));
    command.exitOverride().configureOutput({outputError});
  });
  return program;
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}

/**
 * Whoever reads may have had enough: `algoperf-ts runs list | head -1`. Where nobody is left to be told, as when a terminal is
 * closed, the work goes on.
 */
function quietOnClosedPipe(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    process.stderr.write(`the result can't be written: ${error.message}\n`);
    process.exit(EXIT.userError);
  });
}
