import type {Command} from 'commander';
import {closestName} from '../support/index.js';

/** Names that other tools, mainly AlgoPerf's runner, have for options here. Hyphens stand for underscores. */
const RENAMED: {readonly [flag: string]: string} = {
  'submission-path': '--submission',
  'workload-name': '--workload',
  'workload-path': '--workload',
  'resume-last-run': '--resume',
  seed: '--rng-seed',
  'random-seed': '--rng-seed',
  'max-steps': '--max-global-steps',
  steps: '--max-global-steps',
  'num-steps': '--max-global-steps',
  'max-time': '--max-runtime',
  timeout: '--max-runtime',
  'output-dir': '--experiment-dir',
  'out-dir': '--experiment-dir',
  name: '--experiment-name',
  'run-name': '--experiment-name',
  data: '--data-dir',
  'dataset-dir': '--data-dir',
  'config-file': '--config',
  'config-path': '--config',
  device: '--backend',
  engine: '--backend',
  output: '--out',
  verbose: '--log-level',
  loglevel: '--log-level',
  force: '--overwrite',
  override: '--set',
  'search-space': '--tuning-search-space',
  trials: '--num-tuning-trials',
  'num-trials': '--num-tuning-trials',
  studies: '--num-studies',
  dryrun: '--dry-run',
  'workload-targets': '--targets',
  'target-relaxations': '--relax',
  'include-submissions': '--include',
  'exclude-submissions': '--exclude',
  'self-tuning-ruleset': '--tuning-ruleset',
  'time-col': '--by',
  base: '--speedups-over',
};

const CHECKPOINTS =
  "the config's checkpoints.keep (all, last, best or none) and checkpoints.keep_last say which checkpoints stay";
const OF_ANOTHER_FRAMEWORK = 'it belongs to another framework and has no equivalent here';

/** Flags without an equivalent option, and what to do instead. */
const ABSENT: {readonly [flag: string]: string} = {
  framework: 'there is only one framework; --backend chooses the engine',
  'imagenet-v2-data-dir': 'no workload here needs it',
  'librispeech-tokenizer-vocab-path': 'no workload here needs it',
  'torch-compile': 'steps are compiled where the engine can; --no-compile turns that off',
  'save-checkpoints': CHECKPOINTS,
  'save-intermediate-checkpoints': CHECKPOINTS,
  'append-timestamp': 'without --experiment-name the experiment is named after the config and the time',
  'use-wandb': 'everything is recorded in the tables of the run folder',
  'set-pytorch-max-split-size': OF_ANOTHER_FRAMEWORK,
  'pytorch-eval-num-workers': OF_ANOTHER_FRAMEWORK,
  'capture-jax-trace': OF_ANOTHER_FRAMEWORK,
  'skip-evals': "evaluations are not on the submission's clock; evaluation.every_steps in the config makes them rarer",
  lr: 'it is a key of the config: --set hyperparameters.learning_rate=<number>',
  'learning-rate': 'it is a key of the config: --set hyperparameters.learning_rate=<number>',
  'weight-decay': 'it is a key of the config: --set hyperparameters.weight_decay=<number>',
  'batch-size': 'it is a key of the config: --set batch_size=<integer>',
  epochs: 'a run is as long as the config says: --set schedule.budget_steps=<steps>',
  gpu: '--backend chooses the engine',
  'submission-directory': 'folders of submissions need no flag: algoperf-ts score <folder>',
  'compute-performance-profiles': 'scores and profiles are always computed; --tables profiles prints the profiles',
  'save-results-to-filename': '--json prints the results, for a file of your own',
  'load-results-from-filename': 'logs are read each time; it takes a second',
};

/**
 * Commander's message about a wrong command line, with a line for each unknown flag: its name here, or that it does not exist
 * and what to do instead.
 * @param words - the command line
 */
export function withFlagHints(text: string, command: Command, words: readonly string[]): string {
  if (!/unknown option|required option/.test(text)) return text;
  const isUnknown = /unknown option/.test(text);
  const first = /unknown option '([^']*)'/.exec(text)?.[1];
  const flags = words.filter((word) => word === first || isForeign(word, command));
  const hints = [...new Set(flags)].flatMap((flag) => hintOf(flag, command, !isUnknown || flag === first) ?? []);
  const [said] = text.split('\n');
  return hints.length === 0 ? text : `${[said, ...hints.map((hint) => `(${hint})`)].join('\n')}\n`;
}

/** Whether it is an unknown flag, or one that was given a value it does not take. */
function isForeign(word: string, command: Command): boolean {
  const flag = word.replace(/=.*$/s, '');
  const option = command.options.find(({long, short}) => flag === long || flag === short);
  return option ? flag !== word && option.isBoolean() : /^--?[a-z]/i.test(flag);
}

/** @param isSought - whether a similar name is worth suggesting */
function hintOf(flag: string, command: Command, isSought: boolean): string | undefined {
  const written = flag.replace(/=.*$/s, '');
  const name = written.replace(/^-+/, '').replaceAll('_', '-').toLowerCase();
  const known = command.options.flatMap(({long}) => long ?? []);
  if (known.includes(written)) return `${written} takes no value: give it alone, or leave it out`;
  const renamed = known.find((option) => option === `--${name}`) ?? RENAMED[name];
  if (renamed !== undefined && known.includes(renamed)) return `${written} is called ${renamed} here`;
  const positive = name.replace(/^no-?/, '');
  const absent = ABSENT[name] ?? ABSENT[positive];
  if (absent !== undefined) return `there is no ${written}: ${absent}`;
  const close = isSought ? closestName(`--${name}`, known) : undefined;
  return close && `Did you mean ${close}?`;
}
