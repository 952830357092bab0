import {Command} from 'commander';
import {describe, expect, test} from 'vitest';
import {withFlagHints} from '../../src/cli/flag-hints.js';
import {addRunCommand} from '../../src/cli/run.js';
import {addScoreCommand} from '../../src/cli/score.js';

/** What the command line says of flags that `run` does not have. */
function said(...words: string[]): string {
  return saidBy((program) => addRunCommand(program, async () => {}), ['run', ...words]);
}

function saidBy(add: (program: Command) => void, words: readonly string[]): string {
  let text = '';
  const program = new Command('algoperf-ts').showSuggestionAfterError();
  add(program);
  const command = program.commands[0]!;
  const outputError = (error: string) => {
    text += withFlagHints(error, command, words.slice(1));
  };
  command.exitOverride().configureOutput({outputError});
  expect(() => program.parse(['node', 'algoperf-ts', ...words])).toThrow();
  return text;
}

const REQUIRED = ['--workload', 'mnist', '--config', 'c.yaml'];

test.each([
  ['--seed', '--rng-seed'],
  ['--rng_seed=3', '--rng-seed'],
  ['-rng_seed', '--rng-seed'],
  ['--submission_path', '--submission'],
  ['--experiment_dir', '--experiment-dir'],
  ['--experiment_name', '--experiment-name'],
  ['--data_dir', '--data-dir'],
  ['--max_global_steps', '--max-global-steps'],
  ['--resume_last_run', '--resume'],
  ['-config', '--config'],
  ['--tuning_ruleset', '--tuning-ruleset'],
  ['--tuning_search_space', '--tuning-search-space'],
  ['--num_tuning_trials', '--num-tuning-trials'],
  ['--hparam_start_index', '--hparam-start-index'],
  ['--hparam_end_index', '--hparam-end-index'],
])('%s is called %s here', (flag, ours) => {
  const name = flag.replace(/=.*/, '');
  expect(said(...REQUIRED, flag)).toBe(`error: unknown option '${flag}'\n(${name} is called ${ours} here)\n`);
});

/** Flags of AlgoPerf's runner that have no option here, with a word that the hint must hold. */
test.each([
  ['--framework', '--backend'],
  ['--imagenet_v2_data_dir', 'no workload'],
  ['--librispeech_tokenizer_vocab_path', 'no workload'],
  ['--torch_compile', '--no-compile'],
  ['--notorch_compile', '--no-compile'],
  ['--save_checkpoints', 'checkpoints.keep'],
  ['--save_intermediate_checkpoints=false', 'checkpoints.keep'],
  ['--append_timestamp', '--experiment-name'],
  ['--use_wandb', 'run folder'],
  ['--set_pytorch_max_split_size', 'another framework'],
  ['--pytorch_eval_num_workers', 'another framework'],
  ['--capture_jax_trace', 'another framework'],
  ['--skip_evals', 'evaluation.every_steps'],
  ['--lr=3', 'hyperparameters.learning_rate'],
])('%s is not there, and the hint says what is: %s', (flag, word) => {
  const [first, second] = said(...REQUIRED, flag).split('\n');
  expect(first).toBe(`error: unknown option '${flag}'`);
  expect(second).toMatch(/^\(there is no --\w+: /);
  expect(second).toContain(word);
});

describe('a command line of another tool', () => {
  test('has all its flags reported at once, also where a required one is missing', () => {
    const words = [
      '--framework=jax',
      '--config=a.yaml',
      '--submission_path=a.py',
      '--experiment_dir',
      '/tmp',
      '--overwrite',
    ];
    const lines = said(...words).split('\n');
    expect(lines[0]).toBe("error: required option '--workload <name or path>' not specified");
    expect(lines.slice(1)).toEqual([
      expect.stringContaining('there is no --framework'),
      '(--submission_path is called --submission here)',
      '(--experiment_dir is called --experiment-dir here)',
      '',
    ]);
  });

  test('a flag that is nowhere has the nearest name', () => {
    expect(said(...REQUIRED, '--experiment-nam', 'a')).toContain('(Did you mean --experiment-name?)');
    expect(said(...REQUIRED, '--zzzzzzzz')).toBe("error: unknown option '--zzzzzzzz'\n");
  });

  test('other errors stay as they are', () => {
    expect(said(...REQUIRED, '--rng-seed', '-1')).toMatch(/must be an integer of at least 0\.\n$/);
  });
});

test.each([
  ['--workload_name', '--workload_name is called --workload here'],
  ['--overwite', 'Did you mean --overwrite?'],
  ['--over_write', 'Did you mean --overwrite?'],
  ['--overwrite=true', '--overwrite takes no value'],
])('%s is reported also where a required option is missing: %s', (flag, words) => {
  expect(said('--config', 'c.yaml', flag)).toContain(words);
  expect(said('--workload', 'mnist', flag)).toContain(words);
  expect(said(...REQUIRED, flag)).toContain(words);
});

test('flags that are right, and a required one that is missing, give no hint', () => {
  expect(said('--config', 'c.yaml', '--overwrite', '--set', 'a=1', '--experiment-dir=x')).toBe(
    "error: required option '--workload <name or path>' not specified\n",
  );
});

test("score knows AlgoPerf's names of its options", () => {
  const lines = saidBy(addScoreCommand, ['score', '--submission_directory', 'logs', '--exclude_submissions=a']).split(
    '\n',
  );
  expect(lines.slice(1, 3)).toEqual([
    '(there is no --submission_directory: folders of submissions need no flag: algoperf-ts score <folder>)',
    '(--exclude_submissions is called --exclude here)',
  ]);
});
