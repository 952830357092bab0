import {type Command, Option} from 'commander';
import type {RunSummary} from '../runs/index.js';
import type {Verification} from '../verification/index.js';
import {EXIT} from './exit-codes.js';
import {collectPath, experimentDirOption, folder, path, RUNS} from './options.js';

interface VerifyFlags {
  readonly experimentDir: string;
  readonly workload?: string;
  readonly dataDir?: string;
  readonly backend?: string;
  readonly official?: boolean;
  readonly json?: boolean;
}

export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .summary('check a run: evaluate its checkpoints again and compare its records')
    .description(
      'Checks runs, each in a fresh process: evaluates the kept checkpoints again, compares the rows, targets, clock, tables, code and data, and says whether the time may count as official.',
    )
    .argument('<runs...>', RUNS, collectPath)
    .addOption(experimentDirOption())
    .addOption(workloadOption())
    .addOption(dataDirOption())
    .addOption(backendOption())
    .option('--official', 'a run that may not count as official has not passed (default: a consistent one has)')
    .option('--json', 'print one JSON array (default: as text)')
    .addHelpText(
      'after',
      `
Exit code 0: all have passed; 4: not all; 2: one can't be verified, as while it is running.

Examples:
  $ algoperf-ts verify first
  $ algoperf-ts verify 1 2 3 --official --json`,
    )
    .action(verify);
}

/** Whose evaluation is used, where it is not the run's own. */
export function workloadOption(): Option {
  return new Option(
    '--workload <name or path>',
    "whose code evaluates (default: the run's workload; of your own, the source that the run keeps)",
  ).argParser(path);
}

export function dataDirOption(): Option {
  return new Option('--data-dir <folder>', "where the data is (default: the run's folder of data)").argParser(folder);
}

export function backendOption(): Option {
  return new Option('--backend <name>', "engine (default: that of the run's last process)").choices([
    'tensorflow',
    'wasm',
    'cpu',
  ]);
}

/** A run that could not be verified. */
interface NotVerifiable {
  readonly path: string;
  readonly error: string;
}

async function verify(
  names: readonly string[],
  {experimentDir, official, json, ...options}: VerifyFlags,
): Promise<void> {
  const {findRuns} = await import('../runs/index.js');
  const {printable} = await import('../support/index.js');
  const {print} = await import('./table.js');
  const runs = findRuns(experimentDir, names);
  const outcomes: (Verification | NotVerifiable)[] = [];
  for (const run of runs) outcomes.push(await outcomeOf(run, options));
  const text = (line: string): string => printable(line.replaceAll(/\n +at /g, ' at '));
  print(outcomes, () => outcomes.flatMap(outcomeLines).map(text).join('\n'), json);
  process.exitCode = exitCodeFor(outcomes, official ?? false);
}

async function outcomeOf(
  {path: run, status, damage}: RunSummary,
  options: Pick<VerifyFlags, 'workload' | 'dataDir' | 'backend'>,
): Promise<Verification | NotVerifiable> {
  const {UserError} = await import('../support/index.js');
  const {verifyRun} = await import('../verification/index.js');
  if (status === 'unreadable') return {path: run, error: damage!};
  try {
    return await verifyRun(run, options);
  } catch (error) {
    if (error instanceof UserError) return {path: run, error: error.message};
    throw error;
  }
}

function exitCodeFor(outcomes: readonly (Verification | NotVerifiable)[], official: boolean): number {
  if (outcomes.some((outcome) => 'error' in outcome)) return EXIT.userError;
  const hasPassed = (outcome: Verification | NotVerifiable) =>
    'findings' in outcome && (official ? outcome.isOfficial : outcome.isConsistent);
  return outcomes.every(hasPassed) ? EXIT.done : EXIT.notVerified;
}

function outcomeLines(outcome: Verification | NotVerifiable): string[] {
  if ('error' in outcome) return [`${outcome.path}: can't be verified: ${outcome.error}`];
  const {path: run, findings, isConsistent, isOfficial, notOfficialBecause} = outcome;
  const lines = findings.map(({check, outcome: how, message}) => `  ${how.padEnd(9)}  ${check.padEnd(11)}  ${message}`);
  const verdict = isConsistent ? 'consistent' : 'NOT consistent';
  const standing = isOfficial ? 'it may count as official' : 'it may not count as official';
  const reasons = isConsistent && !isOfficial ? `: ${reasonsBeside(findings, notOfficialBecause).join('; ')}` : '';
  return [`${run}: ${verdict}`, ...lines, `  ${standing}${reasons}`];
}

/** Of the reasons those that no line above has told, and that some line has. */
function reasonsBeside(findings: Verification['findings'], reasons: readonly string[]): string[] {
  const isTold = (reason: string): boolean => findings.some(({message}) => message === reason);
  const others = reasons.filter((reason) => !isTold(reason));
  return others.length < reasons.length ? ['not everything could be checked', ...others] : others;
}
