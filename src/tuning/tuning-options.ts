import {count, UserError} from '../support/index.js';

/** AlgoPerf's two ways to tune: a search space from outside, or a submission that tunes itself in one longer run. */
export type Ruleset = 'external' | 'self';

/** Which trials there are, and which of them are run; the command line's flags. */
export interface TuningOptions {
  /** Default `external`. */
  readonly tuningRuleset?: Ruleset | undefined;
  /** A file, JSON or YAML; default: every trial has the config as it is. */
  readonly tuningSearchSpace?: string | undefined;
  /** Trials of a study; default 1. */
  readonly numTuningTrials?: number | undefined;
  /** Default 1, in no folder of its own. */
  readonly numStudies?: number | undefined;
  /** The only study to run, counted from 1; default: all. */
  readonly study?: number | undefined;
  /** The first trial to run, counted from 0 as AlgoPerf counts; default 0. */
  readonly hparamStartIndex?: number | undefined;
  /** The trial before which to end, counted from 0; default: all. */
  readonly hparamEndIndex?: number | undefined;
}

const FLAGS: {readonly [option in keyof TuningOptions]-?: string} = {
  tuningRuleset: '--tuning-ruleset',
  tuningSearchSpace: '--tuning-search-space',
  numTuningTrials: '--num-tuning-trials',
  numStudies: '--num-studies',
  study: '--study',
  hparamStartIndex: '--hparam-start-index',
  hparamEndIndex: '--hparam-end-index',
};

/** More trials are never meant, and would take minutes to lay out. */
const MOST_TRIALS = 10_000;

/** Whether any of the options is given: without them a run is a single one. */
export function isTuning(options: TuningOptions): boolean {
  return Object.keys(FLAGS).some((name) => options[name as keyof TuningOptions] !== undefined);
}

/** Whether only a part of the trials is to be run. */
export function isPart({study, hparamStartIndex, hparamEndIndex}: TuningOptions): boolean {
  return [study, hparamStartIndex, hparamEndIndex].some((option) => option !== undefined);
}

/** @throws UserError naming options that do not go together */
export function requireTuningOptions(options: TuningOptions): void {
  if (options.tuningRuleset === 'self') requireSelf(options);
  else requireExternal(options);
  const {study, numStudies, numTuningTrials = 1} = options;
  const trials = numTuningTrials * (numStudies ?? 1);
  if (trials > MOST_TRIALS) {
    const flag = numTuningTrials > MOST_TRIALS ? FLAGS.numTuningTrials : FLAGS.numStudies;
    throw new UserError(`${flag}: at most ${count(MOST_TRIALS)} trials in all studies, got ${count(trials)}`);
  }
  if (study !== undefined && numStudies === undefined)
    throw new UserError('--study: say how many there are by --num-studies, the same for every job');
  if (study !== undefined && study > numStudies!)
    throw new UserError(`--study: there are ${numStudies} studies (--num-studies), got ${study}`);
}

function requireSelf(options: TuningOptions): void {
  const others = ['tuningSearchSpace', 'hparamStartIndex', 'hparamEndIndex'] as const;
  const wrong = others.find((name) => options[name] !== undefined);
  if (wrong)
    throw new UserError(`${FLAGS[wrong]}: with --tuning-ruleset self a study has one trial and no search space`);
  if ((options.numTuningTrials ?? 1) > 1)
    throw new UserError(
      `--num-tuning-trials: with --tuning-ruleset self a study has one trial, got ${options.numTuningTrials}`,
    );
}

function requireExternal(options: TuningOptions): void {
  const {tuningRuleset, tuningSearchSpace, numTuningTrials = 1} = options;
  if (tuningSearchSpace !== undefined) return;
  if (tuningRuleset === 'external')
    throw new UserError('--tuning-ruleset: external needs a search space, by --tuning-search-space <file>');
  if (numTuningTrials > 1)
    throw new UserError(
      '--num-tuning-trials: all trials would be alike without a search space, by --tuning-search-space <file>',
    );
  const index = (['hparamStartIndex', 'hparamEndIndex'] as const).find((name) => options[name] !== undefined);
  if (index) throw new UserError(`${FLAGS[index]}: picks trials of a search space, by --tuning-search-space <file>`);
}

/** The trials of each study to run, counted from 1. @throws UserError where the indices lie beyond the trials */
export function trialNumbers(options: TuningOptions, numTrials: number): number[] {
  const mistakes = indexMistakes(options, numTrials);
  if (mistakes.length > 0) throw new UserError(mistakes.join('\n'));
  const {hparamStartIndex: start = 0, hparamEndIndex: end = numTrials} = options;
  return Array.from({length: end - start}, (_, i) => start + i + 1);
}

/** What is wrong with the indices, each in a line. */
export function indexMistakes({hparamStartIndex, hparamEndIndex}: TuningOptions, numTrials: number): string[] {
  const [start, end] = [hparamStartIndex ?? 0, hparamEndIndex ?? numTrials];
  const most = hparamEndIndex === undefined ? `the number of trials, ${numTrials}` : `--hparam-end-index, ${end}`;
  return [
    ...(end > numTrials ? [`--hparam-end-index: must be at most the number of trials, ${numTrials}, got ${end}`] : []),
    ...(start >= end ? [`--hparam-start-index: must be below ${most}, got ${start}`] : []),
  ];
}

/** The studies to run, counted from 1. */
export function studyNumbers({study, numStudies = 1}: TuningOptions): number[] {
  return study === undefined ? Array.from({length: numStudies}, (_, i) => i + 1) : [study];
}
