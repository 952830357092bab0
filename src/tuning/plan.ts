import {type ConfigSource, keyNamed, mistakesText, type Override, parsePath, withChanges} from '../config/index.js';
import type {Json, Submission} from '../contract/index.js';
import {randomSeed} from '../engine/index.js';
import {readTuningRecord, type TuningRecord, timedName} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {checkedRun, type LoadedRun, type RunParts, type RunSource} from '../training/index.js';
import {readSearchSpace, type SearchSpaceFile} from './read-search-space.js';
import {requireSameRecord} from './same-record.js';
import {isList, type Point, trialPoints} from './search-space.js';
import {trialSeed} from './trial-seed.js';
import {indexMistakes, isPart, isTuning, studyNumbers, type TuningOptions, trialNumbers} from './tuning-options.js';

/** The options of a plan. */
export interface PlanOptions extends RunSource, TuningOptions {
  readonly experimentDir: string;
  readonly experimentName?: string | undefined;
  /** The seed of all studies; default: that of the trials which are there already, else drawn. */
  readonly rngSeed?: number | undefined;
  readonly overwrite?: boolean;
  /** Called with warnings. */
  readonly warn?: (message: string) => void;
}

/** One trial to run. */
export interface PlannedTrial {
  /** Counts from 1; undefined: its folder is in no study's. */
  readonly study: number | undefined;
  /** Counts from 1. */
  readonly trial: number;
  readonly rngSeed: number;
  readonly point: Point;
  /** The config with the point in it. */
  readonly source: ConfigSource;
  /** The loaded trial, or why its config is refused. */
  readonly run: LoadedRun | UserError;
}

/** Everything that one command runs. */
export interface TuningPlan extends RunParts {
  /** False: a single run, of no tuning. */
  readonly isTuning: boolean;
  readonly experiment: string;
  readonly record: TuningRecord;
  /** Whether the record is that of trials which are there already. */
  readonly isBegun: boolean;
  /** Those of this command, study by study. */
  readonly trials: readonly PlannedTrial[];
}

/**
 * Plans the trials, with their points, seeds and checked configs. Nothing is written.
 * @throws UserError for everything that can be checked before a trial begins, and where trials are there that were drawn
 * otherwise
 */
export function planTuning(options: PlanOptions, source: ConfigSource, parts: RunParts): TuningPlan {
  const {tuningSearchSpace} = options;
  const file = tuningSearchSpace === undefined ? undefined : readSearchSpace(tuningSearchSpace, parts.submission);
  const found = recordOf(options, parts);
  const experiment = options.experimentName ?? timedName(source.stem, 1);
  const seed = options.rngSeed ?? found?.rng_seed ?? drawnSeed(options, file);
  const record = newRecord(options, {seed, parts, file});
  if (found) requireSameRecord(found, record, experiment);
  const points = record.points as readonly Point[];
  const checked = points.map((point, i) => checkedPoint(options, {source, parts, file, point, trial: i + 1}));
  requireSome(checked.map(({run}) => run));
  const numbers = trialNumbers(options, points.length);
  const trials = studyNumbers(options).flatMap((study) =>
    numbers.map((trial) => ({
      study: options.numStudies === undefined ? undefined : study,
      trial,
      rngSeed: isTuning(options) ? trialSeed({seed, study, workload: parts.workload.name, trial}) : seed,
      ...checked[trial - 1]!,
    })),
  );
  return {...parts, isTuning: isTuning(options), experiment, record, isBegun: found !== undefined, trials};
}

function recordOf(
  {experimentDir, experimentName, overwrite}: PlanOptions,
  {workload}: RunParts,
): TuningRecord | undefined {
  if (experimentName === undefined || overwrite) return undefined;
  return readTuningRecord({experimentDir, experiment: experimentName, workload: workload.name});
}

/** @throws UserError where jobs that share the trials would each draw their own */
function drawnSeed(options: PlanOptions, file: SearchSpaceFile | undefined): number {
  if (!isPart(options)) return randomSeed();
  const seed =
    '--rng-seed: jobs that share the trials need the same seed, for the order of the points; give each the same one';
  throw new UserError(mistakesText([...indexMistakes(options, numPoints(options, file)), seed]));
}

/** The trials of a study: of a list there are no more than its points. */
function numPoints({numTuningTrials = 1}: PlanOptions, file: SearchSpaceFile | undefined): number {
  return file && isList(file.space) ? Math.min(numTuningTrials, file.space.length) : numTuningTrials;
}

interface Drawn {
  readonly seed: number;
  readonly parts: RunParts;
  readonly file: SearchSpaceFile | undefined;
}

function newRecord(options: PlanOptions, {seed, parts, file}: Drawn): TuningRecord {
  const {numTuningTrials: numTrials = 1, numStudies = 1, tuningRuleset = 'external', warn} = options;
  const points = file ? trialPoints(file.space, {numTrials, seed}) : [{}];
  if (points.length < numTrials)
    warn?.(
      `--num-tuning-trials is ${numTrials}, but ${options.tuningSearchSpace} has ${points.length} ${points.length === 1 ? 'point' : 'points'}: so many trials are run`,
    );
  return {
    workload: parts.workload.name,
    tuning_ruleset: tuningRuleset,
    rng_seed: seed,
    num_tuning_trials: points.length,
    num_studies: numStudies,
    search_space: (file?.space as Json | undefined) ?? null,
    points,
  };
}

interface TrialPoint {
  readonly source: ConfigSource;
  readonly parts: RunParts;
  readonly file: SearchSpaceFile | undefined;
  readonly point: Point;
  readonly trial: number;
}

function checkedPoint(
  options: PlanOptions,
  {source, parts, file, point, trial}: TrialPoint,
): Pick<PlannedTrial, 'point' | 'source' | 'run'> {
  const changes = Object.entries(point).map(([name, value]) =>
    changeOf({name, value, givenBy: file!.givenBy(name, trial), submission: parts.submission}),
  );
  requireDistinct(changes, source);
  const changed = withChanges(source, changes);
  try {
    return {point, source: changed, run: checkedRun(options, changed, parts)};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {point, source: changed, run: error};
  }
}

interface Named {
  readonly name: string;
  readonly value: Json;
  readonly givenBy: string;
  readonly submission: Submission;
}

/** As with --set, null takes a key out, back to its default. */
function changeOf({name, value, givenBy, submission}: Named): Override {
  if (name === 'submission')
    throw new UserError(`${givenBy}: all trials have the same submission, by --submission or the config`);
  const key = keyNamed(name, submission);
  return {key, givenBy, path: parsePath(key)!, value: value ?? undefined};
}

/** @throws UserError where a key is asked for twice */
function requireDistinct(changes: readonly Override[], {overrides}: ConfigSource): void {
  for (const [i, {key, givenBy}] of changes.entries()) {
    const other = [...overrides, ...changes.slice(0, i)].find((each) => each.key === key);
    if (other) throw new UserError(`${givenBy}: ${other.givenBy} gives ${key} as well; leave one of them out`);
  }
}

/** Points that are refused leave the others; where all are, there is nothing to run. */
function requireSome(runs: readonly (LoadedRun | UserError)[]): void {
  const refusals = runs.filter((run) => run instanceof UserError);
  if (refusals.length < runs.length) return;
  throw new UserError(mistakesText([...new Set(refusals.flatMap(({message}) => message.split('\n')))]));
}
