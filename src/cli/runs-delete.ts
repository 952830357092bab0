import type {Command} from 'commander';
import type {RunSummary} from '../runs/index.js';
import {count, UserError} from '../support/index.js';
import {collectPath, experimentDirOption, RUNS} from './options.js';

interface DeleteFlags {
  readonly experimentDir: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function addDeleteCommand(runs: Command): void {
  runs
    .command('delete')
    .summary('delete runs with all their files')
    .description('Deletes runs with all their files, after asking; runs that are still running are refused.')
    .argument('<runs...>', RUNS, collectPath)
    .addOption(experimentDirOption())
    .option('--yes', 'do not ask (default: ask on a terminal, refuse elsewhere)')
    .option('--json', 'print one JSON array of the deleted folders (default: as text)')
    .addHelpText('after', '\nExamples:\n  $ algoperf-ts runs delete first\n  $ algoperf-ts runs delete 3 4 --yes')
    .action(deleteRuns);
}

async function deleteRuns(names: readonly string[], {experimentDir, yes, json}: DeleteFlags): Promise<void> {
  const {deleteRun, findRuns} = await import('../runs/index.js');
  const {print} = await import('./table.js');
  const runs = findRuns(experimentDir, names);
  requireDeletable(runs);
  if (!yes && !(await isConfirmed(runs))) throw new UserError('nothing was deleted');
  for (const run of runs) await deleteRun(experimentDir, run);
  const paths = runs.map(({path}) => path);
  print(paths, () => paths.map((path) => `deleted ${path}`).join('\n'), json);
}

function requireDeletable(runs: readonly RunSummary[]): void {
  const running = runs.filter(({status}) => status === 'running');
  const unreadable = runs.filter(({status}) => status === 'unreadable');
  const problems = [
    ...running.map(({path}) => `${path}: it is running; stop it first`),
    ...unreadable.map(({path, damage}) => `${path}: ${damage}; remove it yourself`),
  ];
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}

/** @throws UserError if there is no terminal to ask on */
async function isConfirmed(runs: readonly RunSummary[]): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UserError('runs delete: stdin is no terminal to ask on; --yes deletes without a question');
  const {createInterface} = await import('node:readline/promises');
  const {table} = await import('./table.js');
  const rows = runs.map(({index, id, path, status, globalStep}) => [index, id, path, status, count(globalStep)]);
  process.stderr.write(`${table(['#', 'id', 'folder', 'status', 'steps'], rows)}\n`);
  const terminal = createInterface({input: process.stdin, output: process.stderr});
  try {
    const answer = await terminal.question(
      `Delete ${runs.length === 1 ? 'this run' : `these ${runs.length} runs`}? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
