import {type Command, InvalidArgumentError} from 'commander';
import type {EvaluatedCheckpoint} from '../verification/index.js';
import {experimentDirOption, integerFrom, path, RUN} from './options.js';
import {backendOption, dataDirOption, workloadOption} from './verify.js';

interface EvalFlags {
  readonly experimentDir: string;
  readonly checkpoint: 'best' | 'last' | number;
  readonly split?: readonly string[];
  readonly workload?: string;
  readonly dataDir?: string;
  readonly backend?: string;
  readonly json?: boolean;
}

export function addEvalCommand(program: Command): void {
  program
    .command('eval')
    .summary("evaluate one of a run's checkpoints")
    .description("Evaluates one of a run's checkpoints as the workload does, in a fresh process.")
    .argument('<run>', RUN, path)
    .addOption(experimentDirOption())
    .option('--checkpoint <which>', 'best, last, or a step', checkpoint, 'best')
    .option('--split <names>', 'train, validation, test, by commas (default: all)', (names) => names.split(','))
    .addOption(workloadOption())
    .addOption(dataDirOption())
    .addOption(backendOption())
    .option('--json', 'print one JSON object (default: a table)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ algoperf-ts eval first\n  $ algoperf-ts eval 3 --checkpoint last --split validation,test --json',
    )
    .action(evaluate);
}

export function checkpoint(value: string): 'best' | 'last' | number {
  if (value === 'best' || value === 'last') return value;
  try {
    return integerFrom(0)(value);
  } catch {
    throw new InvalidArgumentError('It must be best, last, or a step.');
  }
}

async function evaluate(name: string, {experimentDir, json, split, ...options}: EvalFlags): Promise<void> {
  const {findRun} = await import('../runs/index.js');
  const {evaluateRunAfresh} = await import('../verification/index.js');
  const {print} = await import('./table.js');
  const run = findRun(experimentDir, name);
  const evaluated = await evaluateRunAfresh(run.path, {...options, splits: split?.map((each) => each.trim())});
  const text = await evaluatedText(evaluated);
  print(evaluated, () => text, json);
}

/** A row a metric, a column a split. */
async function evaluatedText({path: run, globalStep, backend, metrics}: EvaluatedCheckpoint): Promise<string> {
  const {count, printable} = await import('../support/index.js');
  const {table} = await import('./table.js');
  const names = Object.keys(metrics).map((name) => name.split('/') as [string, string]);
  const splits = [...new Set(names.map(([split]) => split))];
  const rows = [...new Set(names.map(([, metric]) => metric))].map((metric) => [
    metric,
    ...splits.map((split) => figure(metrics[`${split}/${metric}`], count)),
  ]);
  return `${printable(run)}: step ${count(globalStep)}, on ${backend}\n${table(['metric', ...splits], rows)}`;
}

function figure(value: number | undefined, count: (value: number) => string): string {
  if (value === undefined) return '-';
  return Number.isInteger(value) ? count(value) : String(Number(value.toPrecision(6)));
}
