import {type Command, InvalidArgumentError, Option} from 'commander';
import {folder, integerFrom, path, printWidth, WIDTH} from './options.js';
import type {ScoreFlags} from './score-flags.js';

/** Adds `score` to the program. */
export function addScoreCommand(program: Command): void {
  const command = program
    .command('score')
    .summary('score submissions against each other, as AlgoPerf does')
    .description(
      "Scores submissions against each other by their times to target: runs of this tool, AlgoPerf's folders and its runner's text logs.",
    )
    .argument('[dirs...]', 'folders of submissions or experiments (default: experiments)', collectFolder);
  addPoolOptions(command);
  addRuleOptions(command);
  addOutputOptions(command);
  command
    .addHelpText(
      'after',
      `
Examples:
  $ algoperf-ts score
  $ algoperf-ts score experiments --by steps --intervals --plots charts
  $ algoperf-ts score logs --compat 1.0 --format csv > scores.csv
  $ algoperf-ts score logs --targets 1.0 --relax all=.1 --tables scores,relaxed --format md`,
    )
    .action(async (dirs: readonly string[], flags: ScoreFlags) => {
      const {scoreAndPrint} = await import('./score-action.js');
      await scoreAndPrint(dirs, flags);
    });
}

/** What is scored. */
function addPoolOptions(command: Command): void {
  command
    .option(
      '--targets <file or version>',
      "targets, in the form of AlgoPerf's workload_targets.json, or 0.6, 1.0 (default: each workload's own)",
      path,
    )
    .option(
      '--workloads <names>',
      'workloads to score, by commas (default: those of --targets, else all with runs)',
      names,
    )
    .option('--include <names>', 'submissions to score, by commas (default: all)', names)
    .option('--exclude <names>', 'submissions to leave out, by commas (default: none)', names);
}

/** By which rules. */
function addRuleOptions(command: Command): void {
  command
    .addOption(new Option('--by <axis>', 'what times are measured in').choices(['time', 'steps']).default('time'))
    .addOption(
      new Option(
        '--compat <version>',
        "give the numbers of AlgoPerf's own code (default: of its written rules)",
      ).choices(['0.6', '1.0']),
    )
    .option(
      '--reference <submission>',
      'compare times with those of this one (default: with the fastest of each workload)',
    )
    .option('--speedups-over <submission>', 'show speed-ups over this one (default: over --reference)')
    .option('--relax <list>', 'score with easier targets too, e.g. all=.1,wmt=.05; later ones win (default: none)')
    .option(
      '--relax-sweep <fraction>',
      'score with all targets easier by 0 to this, in hundredths, e.g. .2 (default: off)',
      sweep,
    )
    .option(
      '--num-studies <n>',
      'studies required (default: the largest number in the pool; at least 3 with --strict)',
      integerFrom(1),
    )
    .option(
      '--num-tuning-trials <n>',
      "trials required per study (default: the submission's largest number; with --strict 5, or 1)",
      integerFrom(1),
    )
    .addOption(
      new Option('--tuning-ruleset <ruleset>', 'ruleset of the runs (default: as the runs say)').choices([
        'external',
        'self',
      ]),
    )
    .option(
      '--strict',
      'refuse a pool with runs that are missing, unreadable or not over, or with --verify not verified (default: list them)',
    )
    .option(
      '--verify',
      "verify each of this tool's runs, as `verify` does, and leave out those that do not pass: exit code 4 then (default: `official` is what their results say)",
    );
}

/** What is printed and drawn. */
function addOutputOptions(command: Command): void {
  command
    .option('--intervals', '95 % intervals by the bootstrap over studies (default: off)')
    .option('--resamples <n>', 'samples of --intervals (default: 2000)', integerFrom(100, 100_000))
    .option('--rng-seed <n>', 'seed of --intervals (default: 0)', integerFrom(0))
    .addOption(
      new Option('--format <format>', 'what to print')
        .choices(['table', 'csv', 'json', 'md', 'latex'])
        .default('table'),
    )
    .addOption(new Option('--json', 'as --format json (default: as --format says)').conflicts('format'))
    .option(
      '--tables <names>',
      'tables to print, by commas: any of scores, times, studies, intervals, targets, profiles, speedups, relaxed, relax-sweep, differences, problems (default: those that apply; as csv: scores)',
      names,
    )
    .option(
      '--plots <folder>',
      'folder for charts of profiles and times as PNG, SVG and PDF (default: none are drawn)',
      folder,
    )
    .option('--width <width>', `${WIDTH} (default: for a screen)`, printWidth);
}

function collectFolder(value: string, before: readonly string[] = []): string[] {
  return [...before, folder(value)];
}

function names(value: string): string[] {
  const found = value.split(',').map((name) => name.trim());
  if (found.includes('')) throw new InvalidArgumentError('It must be names with commas between them.');
  return [...new Set(found)];
}

function sweep(value: string): number {
  const fraction = value.trim() === '' ? Number.NaN : Number(value);
  const hundredths = fraction * 100;
  if (!(fraction > 0 && fraction < 1) || Math.abs(hundredths - Math.round(hundredths)) > 1e-9)
    throw new InvalidArgumentError('It must be a fraction in hundredths from 0.01 to 0.99.');
  return fraction;
}
