import {existsSync} from 'node:fs';
import {basename, join} from 'node:path';
import {type ConfigSource, readConfig} from '../config/index.js';
import type {Json, Workload} from '../contract/index.js';
import {type CodeKind, FILES, type ReadCheckpoint, readCheckpointAt, type TuningFacts} from '../runs/index.js';
import {isModulePath, UserError} from '../support/index.js';
import {checkedRun, loadParts, type RunOptions, silentWatcher} from '../training/index.js';
import {sourceFolder} from './check-code.js';
import type {RecordedRun} from './recorded-run.js';

/** What a recorded run is loaded with, where it is other than the run's folder says. */
export interface LoadOptions {
  /** Default: the run's; of a user's own, the source that the run keeps. */
  readonly workload?: string | Workload | undefined;
  /** Default: the run's. */
  readonly dataDir?: string | undefined;
  /** `tensorflow`, `wasm` or `cpu`; default: that of the run's last process. */
  readonly backend?: string | undefined;
}

/**
 * The options of a run as its folder has them: workload, submission and config from the source that the folder keeps.
 * @throws UserError if something of it is not there, or can't be loaded
 */
export async function loadRecorded(run: RecordedRun, {workload, dataDir, backend}: LoadOptions): Promise<RunOptions> {
  const {meta, flags} = run;
  const source = keptConfig(run);
  const named = {workload: workload ?? keptWorkload(run), config: source.file, submission: source.submission};
  const parts = await loadParts(named, source);
  const {maxRuntime, dataDir: usedDir} = flags.at(-1)!;
  return {
    ...checkedRun(named, source, parts),
    flags: {},
    experimentDir: '',
    backend: backend ?? String(meta.at(-1)!.backend),
    dataDir: dataDir ?? (typeof usedDir === 'string' ? usedDir : undefined),
    rngSeed: meta[0]!.rng_seed as number,
    maxRuntime: typeof maxRuntime === 'number' ? maxRuntime : undefined,
    tuning: tuningOf(run),
    watcher: silentWatcher,
    signal: new AbortController().signal,
  };
}

function tuningOf({meta}: RecordedRun): TuningFacts | undefined {
  const {tuning_ruleset: ruleset, tuning_rng_seed: seed, study, trial} = meta[0]!;
  return ruleset === undefined ? undefined : ({ruleset, seed, study, trial} as unknown as TuningFacts);
}

/** The workload's name, or the path of its kept source. */
function keptWorkload(run: RecordedRun): string {
  const named = run.flags.at(-1)!.workload;
  if (typeof named === 'string' && isModulePath(named)) return keptModule(run, 'workload', named);
  return String(run.meta[0]!['workload.name']);
}

/** The run's config, with the paths of the user's modules replaced by those of their kept source. */
function keptConfig(run: RecordedRun): ConfigSource {
  const source = readConfig(join(run.path, FILES.config));
  const {submission} = source;
  const data = withKeptSchedules(run, source.data as Json);
  if (!isModulePath(submission)) return {...source, data};
  const kept = keptModule(run, 'submission', submission);
  return {...source, submission: kept, data: {...Object(data), submission: kept}};
}

function withKeptSchedules(run: RecordedRun, value: Json): Json {
  if (typeof value === 'string')
    return isModulePath(value) && hasKept(run, 'schedules', value) ? keptModule(run, 'schedules', value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((each) => withKeptSchedules(run, each));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withKeptSchedules(run, each)]));
}

/**
 * A checkpoint of the run; what names the user's schedules in it leads to their kept source.
 * @throws Error saying what is wrong with it
 */
export function readKeptCheckpoint(run: RecordedRun, globalStep: number): ReadCheckpoint {
  const checkpoint = readCheckpointAt(run.path, globalStep);
  return {...checkpoint, metadata: withKeptSchedules(run, checkpoint.metadata)};
}

function hasKept(run: RecordedRun, kind: CodeKind, named: string): boolean {
  const folder = sourceFolder(run, kind);
  return folder !== undefined && existsSync(join(folder, basename(named)));
}

/** @throws UserError if the run does not keep it */
function keptModule(run: RecordedRun, kind: CodeKind, named: string): string {
  const folder = sourceFolder(run, kind);
  if (folder === undefined || !hasKept(run, kind, named))
    throw new UserError(`${run.path} does not keep the source of the ${kind} ${named}`);
  return join(folder, basename(named));
}
