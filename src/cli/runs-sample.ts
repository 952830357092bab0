import {type Command, InvalidArgumentError} from 'commander';
import {count, printableLines} from '../support/index.js';
import type {SampledText} from '../verification/index.js';
import {checkpoint} from './eval.js';
import {experimentDirOption, integerFrom, path, RUN} from './options.js';
import {backendOption, dataDirOption, workloadOption} from './verify.js';

interface SampleFlags {
  readonly experimentDir: string;
  readonly prompt: string;
  readonly tokens: number;
  readonly temperature: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly checkpoint: 'best' | 'last' | number;
  readonly workload?: string;
  readonly dataDir?: string;
  readonly backend?: string;
  readonly json?: boolean;
}

/** The text is printed as a whole: more would keep one waiting for too long. */
const MOST_TOKENS = 100_000;

/** Milliseconds after which it is said that the text is still being drawn. */
const PATIENCE = 10_000;

export function addSampleCommand(runs: Command): void {
  runs
    .command('sample')
    .summary("continue a text with a language model's run")
    .description(
      "Continues a text with the model of one of a run's checkpoints, until a document ends or the tokens are spent. The same seed " +
        'gives the same text.',
    )
    .argument('<run>', RUN, path)
    .addOption(experimentDirOption())
    .option('--prompt <text>', 'the text to continue (default: none, the beginning of a document)', '')
    .option('--tokens <count>', 'tokens to draw at most, up to 100000', integerFrom(1, MOST_TOKENS), 200)
    .option('--temperature <number>', 'below 1: likelier tokens more often; 0: always the likeliest', temperature, 1)
    .option('--top-k <count>', 'draw among so many of the likeliest tokens (default: all)', integerFrom(1))
    .option('--seed <integer>', 'seed of the draws (default: drawn, and shown where it has an effect)', integerFrom(0))
    .option('--checkpoint <which>', 'best, last, or a step', checkpoint, 'best')
    .addOption(workloadOption())
    .addOption(dataDirOption())
    .addOption(backendOption())
    .option('--json', 'print one JSON object (default: the text)')
    .addHelpText(
      'after',
      "\nExample:\n  $ algoperf-ts runs sample three-cycles --prompt 'My fellow Americans' --temperature .8 --top-k 40",
    )
    .action(sample);
}

function temperature(value: string): number {
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

async function sample(name: string, {experimentDir, json, ...options}: SampleFlags): Promise<void> {
  const {findRun} = await import('../runs/index.js');
  const {isDrawn, sampleRunAfresh} = await import('../verification/index.js');
  const {print} = await import('./table.js');
  const run = findRun(experimentDir, name);
  const waiting = setTimeout(() => process.stderr.write(stillDrawing(options.tokens)), PATIENCE);
  const sampled = await sampleRunAfresh(run.path, options).finally(() => clearTimeout(waiting));
  if (options.seed === undefined && isDrawn(options) && !json) process.stderr.write(`seed ${sampled.seed}\n`);
  print(sampled, () => textOf(sampled), json);
}

function stillDrawing(tokens: number): string {
  return `drawing up to ${count(tokens)} tokens; the text is printed when it is complete\n`;
}

/** A model of bytes may give any control character. */
function textOf({prompt, text}: SampledText): string {
  return printableLines(prompt + text);
}
