import type {Command} from 'commander';
import type {ListedRun, RunResult} from '../runs/index.js';
import {count, printable} from '../support/index.js';
import {experimentDirOption, path, RUN} from './options.js';

interface ShowFlags {
  readonly experimentDir: string;
  readonly json?: boolean;
}

export function addShowCommand(runs: Command): void {
  runs
    .command('show')
    .summary('show one run')
    .description('Shows one run: its result, or its progress.')
    .argument('<run>', RUN, path)
    .addOption(experimentDirOption())
    .option('--json', 'print one JSON object (default: as text)')
    .addHelpText('after', '\nExamples:\n  $ algoperf-ts runs show three-cycles\n  $ algoperf-ts runs show 3 --json')
    .action(show);
}

async function show(name: string, {experimentDir, json}: ShowFlags): Promise<void> {
  const {findRun, listedRun, readResult} = await import('../runs/index.js');
  const {print} = await import('./table.js');
  const run = listedRun(findRun(experimentDir, name));
  const result = readResult(run.path);
  print({...run, result: result ?? null}, () => described(run, result), json);
}

function described(run: ListedRun, result: RunResult | undefined): string {
  const lines = run.status === 'unreadable' ? [`${run.experiment}: ${run.damage}`, run.path] : linesOf(run, result);
  return lines.map((line, i) => `${i === 0 ? '' : '  '}${printable(line)}`).join('\n');
}

function linesOf(run: ListedRun, result: RunResult | undefined): string[] {
  const {best, timeToTarget, metric} = run;
  return [
    `${run.experiment}: ${run.workload}, ${run.status.replaceAll('_', ' ')} at step ${count(run.globalStep)}`,
    ...(run.damage ? [run.damage] : []),
    `run ${run.index}, id ${run.id}, seed ${run.seed ?? 'unknown'}, engine ${engineOf(run)}`,
    `begun ${run.begun}, ${run.submissionSeconds.toFixed(1)} s on the submission's clock`,
    best ? `best validation ${metric} ${best.value.toFixed(4)} at step ${count(best.globalStep)}` : 'no evaluation yet',
    timeToTarget
      ? `target reached at step ${count(timeToTarget.globalStep)}, after ${timeToTarget.seconds.toFixed(2)} s${run.official ? '' : ' (not official)'}`
      : 'target not reached',
    ...officialLines(run, result),
    run.path,
  ];
}

function engineOf({backend, device}: ListedRun): string {
  const on = device === null ? '' : ` on the ${device.toUpperCase()}`;
  return `${backend ?? 'unknown'}${on}`;
}

function officialLines(
  {official, notOfficialBecause, timeToTarget}: ListedRun,
  result: RunResult | undefined,
): string[] {
  if (official) return ['official'];
  const unknown = result ? 'its result does not say that it is' : 'the run has no result yet';
  // Without a result and a time there is nothing that could be official.
  if (official === null && notOfficialBecause.length === 0 && !timeToTarget) return [];
  return [`not official: ${notOfficialBecause.join('; ') || unknown}`];
}
