import {Command, Help, type Option} from 'commander';
import {version} from '../support/index.js';
import {addBackendCommand} from './backend.js';
import {addConfigCommand} from './config.js';
import {addDataCommand} from './data.js';
import {addEvalCommand} from './eval.js';
import {exitCodeOf} from './exit.js';
import {EXIT} from './exit-codes.js';
import {withFlagHints} from './flag-hints.js';
import {addPlotCommand} from './plot.js';
import {addReportCommand} from './report.js';
import {addRunCommand, type RunAction} from './run.js';
import type {RunFlags} from './run-flags.js';
import {addRunsCommand} from './runs.js';
import {addScoreCommand} from './score.js';
import {addSubmissionsCommand} from './submissions.js';
import {addSweepCommand} from './sweep.js';
import {addVerifyCommand} from './verify.js';
import {addWorkloadsCommand} from './workloads.js';

/**
 * Runs a command line. Everything printed except the result goes to stderr.
 * @param argv - as `process.argv`
 * @param startRun - what `run` does; gives the exit code
 * @param seal - protects the process from user code, before a command runs any; default: does nothing
 * @returns the exit code: 0 done, 2 a user error, 130 interrupted, 1 a bug in the tool
 */
export async function runProgram(
  argv: readonly string[],
  startRun: (flags: RunFlags) => Promise<number>,
  seal: () => Promise<void> = async () => {},
): Promise<number> {
  // stdout is reserved for the result, whatever a submission or a library prints.
  globalThis.console = new console.Console(process.stderr, process.stderr);
  let exitCode: number | undefined;
  try {
    const run = async (flags: RunFlags): Promise<void> => {
      exitCode = await startRun(flags);
    };
    await createProgram(argv, run, seal).parseAsync([...argv]);
    return exitCode ?? Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    return exitCodeOf(error);
  }
}

function createProgram(argv: readonly string[], run: RunAction, seal: () => Promise<void>): Command {
  const program = new Command('algoperf-ts')
    .description('Trains workloads with submissions and measures the time to their targets.')
    .version(version)
    // After a command's name its own options stand: `backend install --version` is TensorFlow's.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText('after', '\nExample:\n  $ algoperf-ts run --workload mnist --config configs/mnist/three-cycles.yaml');
  addRunCommand(program, run);
  for (const add of [
    addPlotCommand,
    addWorkloadsCommand,
    (to: Command) => addSubmissionsCommand(to, seal),
    addRunsCommand,
    addSweepCommand,
    addScoreCommand,
    addVerifyCommand,
    addEvalCommand,
    addReportCommand,
    addConfigCommand,
    addDataCommand,
    addBackendCommand,
  ])
    add(program);
  everyCommand(program, (command) => {
    const outputError = (text: string, write: (text: string) => void) => write(withFlagHints(text, command, argv));
    command.exitOverride().configureOutput({outputError}).configureHelp({optionDescription});
  });
  return program;
}

/** An option as Commander describes it; a default that is empty is not shown. */
function optionDescription(option: Option): string {
  const isEmpty = Object(option.defaultValue).length === 0;
  const shown = isEmpty ? Object.create(option, {defaultValue: {value: undefined}}) : option;
  return Help.prototype.optionDescription(shown);
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}
