import {statSync} from 'node:fs';
import type {Command} from 'commander';
import type {Json} from '../contract/index.js';
import type {DifferingKey} from '../runs/index.js';
import {experimentDirOption, path, RUN} from './options.js';

interface DiffFlags {
  readonly experimentDir: string;
  readonly workload?: string;
  readonly json?: boolean;
}

export function addDiffCommand(runs: Command): void {
  const which = `a run (${RUN}) or a YAML file`;
  runs
    .command('diff')
    .summary('show the keys in which two configs differ')
    .description('Shows the keys in which two configs differ: those of runs, or files.')
    .argument('<a>', which, path)
    .argument('<b>', which, path)
    .addOption(experimentDirOption())
    .option(
      '--workload <name>',
      "workload by which the defaults of files are filled in (default: a run's; of two files as they are written)",
    )
    .option('--json', 'print one JSON array of {key, a, b} (default: a table)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ algoperf-ts runs diff 1 2\n  $ algoperf-ts runs diff first configs/mnist/three-cycles.yaml --json',
    )
    .action(diff);
}

/** What is compared. */
interface Compared {
  readonly name: string;
  readonly config: Json;
  /** What else a run was started with. */
  readonly begunWith: {readonly [key: string]: Json};
}

async function diff(a: string, b: string, {experimentDir, workload, json}: DiffFlags): Promise<void> {
  const {differingKeys} = await import('../runs/index.js');
  const {print} = await import('./table.js');
  const runs = await Promise.all([a, b].map((name) => comparedRun(experimentDir, name)));
  const known = workload ?? (await builtIn(runs.map((run) => run?.begunWith.workload)));
  const [one, other] = (await Promise.all([a, b].map((name, i) => runs[i] ?? comparedFile(name, known)))) as [
    Compared,
    Compared,
  ];
  const areRuns = runs.every((run) => run !== undefined);
  const differences = differingKeys(
    [one, other].map(({config, begunWith}) => ({...(areRuns ? begunWith : {}), ...Object(config)})),
  );
  const values = differences.map(({key, values: [before, after]}) => ({key, a: before ?? null, b: after ?? null}));
  const text = await textOf(one, other, differences);
  print(values, () => text, json);
}

async function textOf(one: Compared, other: Compared, differences: readonly DifferingKey[]): Promise<string> {
  const {table} = await import('./table.js');
  if (differences.length === 0) return `${one.name} and ${other.name} have the same config`;
  const cell = (value: Json | undefined): string =>
    value === undefined ? '-' : typeof value === 'string' ? value : JSON.stringify(value);
  return table(
    ['key', one.name, other.name],
    differences.map(({key, values}) => [key, ...values.map(cell)]),
  );
}

/** @returns undefined if the name is a file's */
async function comparedRun(experimentDir: string, name: string): Promise<Compared | undefined> {
  if (statSync(name, {throwIfNoEntry: false})?.isFile()) return undefined;
  const {findRun, latestHashes, listedRun} = await import('../runs/index.js');
  const run = listedRun(findRun(experimentDir, name));
  const {experiment, workload, seed, backend} = run;
  return {
    name: experiment,
    config: run.config ?? {},
    begunWith: {workload, seed, backend, ...latestHashes(run.path)},
  };
}

/** The first of some workloads that comes with the tool. */
async function builtIn(workloads: readonly (Json | undefined)[]): Promise<string | undefined> {
  const {workloadNames} = await import('../../workloads/index.js');
  return workloads.find((name): name is string => typeof name === 'string' && workloadNames.includes(name));
}

async function comparedFile(file: string, workload: string | undefined): Promise<Compared> {
  const {readConfig} = await import('../config/index.js');
  if (workload === undefined) return {name: file, config: readConfig(file).data as Json, begunWith: {}};
  const {loadConfig} = await import('../training/index.js');
  const {parse} = await import('yaml');
  return {name: file, config: parse((await loadConfig({workload, config: file})).resolved), begunWith: {}};
}
