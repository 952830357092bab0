import {type Command, Option} from 'commander';
import {integerFrom, path} from './options.js';

/** Trials and studies. */
export function addTuning(run: Command): void {
  run
    .addOption(
      new Option(
        '--tuning-ruleset <ruleset>',
        'external: trials from a search space; self: one trial per study, with one and a half times the budget (default: external)',
      ).choices(['external', 'self']),
    )
    .option(
      '--tuning-search-space <file>',
      "JSON or YAML: ranges or feasible points by name, or a list of points; or the name of a submission's (default: none)",
      path,
    )
    .option('--num-tuning-trials <trials>', 'trials of a study (default: 1)', integerFrom(1))
    .option(
      '--num-studies <studies>',
      'studies, each with the same points and seeds of its own (default: 1)',
      integerFrom(1),
    )
    .option('--study <number>', 'run this study alone, counted from 1 (default: all)', integerFrom(1))
    .option('--hparam-start-index <index>', 'first trial to run, counted from 0 (default: 0)', integerFrom(0))
    .option(
      '--hparam-end-index <index>',
      'trial before which to end, counted from 0 (default: the number of trials)',
      integerFrom(1),
    )
    .option('--dry-run', 'show the trials with their configs, and write nothing (default: run them)')
    .addOption(
      new Option(
        '--estimate',
        'time some steps and an evaluation, say whether the trials fit their budget, and write nothing (default: run them)',
      ).conflicts('dryRun'),
    );
}
