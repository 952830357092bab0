import {isDeepStrictEqual} from 'node:util';
import type {LoadedConfig} from '../config/index.js';
import type {Json, NdArray, Submission, TrainState} from '../contract/index.js';
import {checkedRecorder} from '../submissions/index.js';
import {
  type Ending,
  prepare,
  type RunOptions,
  type Runtime,
  reservedNames,
  runTrial,
  silentRecord,
  silentWatcher,
  type TimedEvaluation,
  type Trial,
  type TrialRecord,
} from '../training/index.js';
import {differenceOf} from './compare.js';
import type {Notes} from './watch.js';

/** The seed of all random numbers. */
const SEED = 7;

/** A run in memory. */
export interface RehearsalOptions {
  readonly runtime: Runtime;
  readonly submission: Submission;
  readonly loaded: LoadedConfig;
  readonly notes: Notes;
  readonly maxGlobalSteps: number;
  /** Where to resume; default: from the beginning. */
  readonly from?: Moment | undefined;
  /** Called before the trial begins, with the trial that is then run instead, and after it. */
  readonly around?: {before?(trial: Trial): Trial; after?(trial: Trial): void};
}

/** A checkpoint in memory. */
export interface Moment {
  readonly globalStep: number;
  readonly state: TrainState<NdArray>;
  readonly metadata: Json;
  /** Those up to it. */
  readonly evaluations: readonly TimedEvaluation[];
}

/** The outcome of a run. */
export interface Rehearsal {
  readonly ending: Ending;
  readonly globalStep: number;
  readonly trainingComplete: boolean;
  readonly totalSteps: number | undefined;
  readonly initialState: TrainState<NdArray>;
  readonly state: TrainState<NdArray>;
  /** Result of `save()` at the end, read back from JSON. */
  readonly saved: Json;
  readonly evaluations: readonly TimedEvaluation[];
  readonly moments: readonly Moment[];
}

/** Trains with the training loop of `run`, but writes no files. */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const {runtime, from, around} = options;
  const moments: Moment[] = [];
  const evaluations = [...(from?.evaluations ?? [])];
  const prepared = await prepare({
    ...runtime,
    options: runOptions(options),
    folder: {seed: SEED, checkpoint: from && {...from, takeState: () => from.state}},
    record: recordOf(options, moments, evaluations),
    evaluations,
    profiler: undefined,
  });
  const trial = around?.before?.(prepared) ?? prepared;
  const {program, optimizerState, progress} = trial;
  try {
    const initialState = program.read();
    const ending = await runTrial(trial);
    around?.after?.(trial);
    const {globalStep, trainingComplete} = progress;
    const saved = viaJson(optimizerState.save());
    const {totalSteps} = optimizerState;
    const state = program.read();
    return {ending, globalStep, trainingComplete, totalSteps, initialState, state, saved, evaluations, moments};
  } finally {
    program.dispose();
  }
}

/** The first difference between the outcomes of two runs, in words; undefined if they are equal. */
export function differenceBetween(one: Rehearsal, other: Rehearsal): string | undefined {
  if (one.globalStep !== other.globalStep) return `it ends after step ${other.globalStep}, not ${one.globalStep}`;
  const difference = differenceOf(one.state, other.state);
  if (difference !== undefined) return `${difference} after step ${one.globalStep}`;
  if (!isDeepStrictEqual(one.saved, other.saved)) return `save() returns something else after step ${one.globalStep}`;
  const metrics = ({evaluations}: Rehearsal) => evaluations.map((each) => [each.globalStep, each.metrics]);
  return isDeepStrictEqual(metrics(one), metrics(other)) ? undefined : 'its evaluations have other metrics';
}

function viaJson(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function runOptions({runtime, submission, loaded, maxGlobalSteps}: RehearsalOptions): RunOptions {
  return {
    workload: runtime.workload,
    backend: runtime.engine.backend,
    submission,
    loaded,
    stem: 'check',
    experimentDir: '',
    maxGlobalSteps,
    maxRuntime: Number.MAX_VALUE,
    flags: {},
    overrides: {},
    watcher: silentWatcher,
    signal: new AbortController().signal,
  };
}

function recordOf(
  {runtime, loaded, notes}: RehearsalOptions,
  moments: Moment[],
  evaluations: readonly TimedEvaluation[],
): TrialRecord {
  const schedule = ({totalSteps}: {readonly totalSteps: number}): number => notes.drawnSteps.push(totalSteps) - 1;
  const recorder = {...silentRecord.recorder, schedule};
  return {
    ...silentRecord,
    recorder: checkedRecorder(
      recorder,
      reservedNames({workload: runtime.workload, submission: loaded.config.submission}),
      loaded.config.submission,
    ),
    async checkpoint({program}, position) {
      const metadata = viaJson({position, extent: {lines: {}, plots: 0}} as unknown as Json);
      const {globalStep} = position;
      moments.push({globalStep, state: program.read(), metadata, evaluations: [...evaluations]});
    },
  };
}
