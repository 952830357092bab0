import {loadWorkload, workloadOf} from '../../workloads/index.js';
import {type ConfigSource, checkConfig, type LoadedConfig, readConfig} from '../config/index.js';
import type {Workload} from '../contract/index.js';
import {keepWorkloadCode} from '../runs/index.js';
import {loadSubmission} from '../submissions/index.js';
import {importUserModule, isModulePath} from '../support/index.js';
import type {RunOptions} from './run-options.js';

/** Workload, config and submission of a run, by name or as values. */
export interface RunSource {
  /** A name, the path of a .ts or .js file, or a workload itself. */
  readonly workload: string | Workload;
  /** A config file's path, or the name of one of the workload's samples; default: what the submission brings along. */
  readonly config?: string | undefined;
  /** Changes of the config's keys, each `key=value`. */
  readonly set?: readonly string[];
  /** A name, or the path of a .ts or .js file; default: the config's, else `cyclic`. */
  readonly submission?: string | undefined;
}

/** Workload, config and submission of a run, loaded and checked. */
export type LoadedRun = Pick<RunOptions, 'workload' | 'submission' | 'loaded' | 'stem' | 'overrides' | 'modules'>;

/**
 * Reads a run's config, before any of the user's code is loaded.
 * @throws UserError listing every syntax error by line and column
 */
export function readRunConfig({workload, config, set, submission}: RunSource): ConfigSource {
  return readConfig(config, {workload: nameOf(workload), submission, ...(set && {set})});
}

/**
 * The same; a workload that is not there or can't be loaded is reported first, since a config that is not there may be a sample of the right
 * one. Code of the user's is loaded only where the config can't be read.
 */
export async function readRunConfigOf(run: RunSource): Promise<ConfigSource> {
  try {
    return readRunConfig(run);
  } catch (error) {
    await loadWorkloadOf(run);
    throw error;
  }
}

/** What a run's config is checked against. */
export type RunParts = Pick<RunOptions, 'workload' | 'submission'>;

/**
 * Loads workload and submission.
 * @throws UserError if one of them is not there, or can't be loaded
 */
export async function loadParts(run: RunSource, source: ConfigSource): Promise<RunParts> {
  // One after the other: a built-in workload is frozen before any code of a submission could reach it.
  const workload = await loadWorkloadOf(run);
  return {workload, submission: await loadSubmission(source.submission, source.submissionGivenBy)};
}

/** Loads the workload alone, or checks the value. @throws UserError if it is not there, can't be loaded, or is none */
export async function loadWorkloadOf({workload}: Pick<RunSource, 'workload'>): Promise<Workload> {
  if (typeof workload !== 'string') return workloadOf(workload);
  const loaded = await loadWorkload(workload);
  if (isModulePath(workload)) keepWorkloadCode(workload);
  return loaded;
}

/**
 * Loads workload and submission, and checks the config against both.
 * @throws UserError for every error that the user can fix
 */
export async function loadRun(run: RunSource, given?: ConfigSource): Promise<LoadedRun> {
  const source = given ?? (await readRunConfigOf(run));
  return checkedRun(run, source, await loadParts(run, source));
}

/**
 * Workload, submission and checked config of a run.
 * @throws UserError listing all of the config's mistakes
 */
export function checkedRun(run: RunSource, source: ConfigSource, {workload, submission}: RunParts): LoadedRun {
  const loaded = checkConfig(source, submission, workload);
  return {
    workload,
    submission,
    loaded,
    stem: source.stem,
    overrides: Object.fromEntries(source.overrides.map(({key, value}) => [key, value ?? null])),
    modules: {
      submission: pathIn(source.submission),
      schedules: submission.userModules?.(loaded.config),
      workload: pathIn(run.workload),
    },
  };
}

/**
 * Loads the user's modules that a config names, before anything is made: mistakes in them are found, and the list of their files is
 * complete.
 * @throws UserError listing the mistakes in what they give
 */
export async function loadUserModules({submission, loaded, workload}: Pick<LoadedRun, keyof RunParts | 'loaded'>) {
  for (const path of submission.userModules?.(loaded.config) ?? []) await importUserModule(path, path);
  const problems = (await submission.checkModules?.(loaded.config, workload)) ?? [];
  if (problems.length > 0) throw loaded.mistake(...problems);
}

/**
 * A config as a run of it would have it: every key with its value, checked against submission and workload.
 * @throws UserError with all mistakes, one per line, each with file, line, column and key
 */
export async function loadConfig(run: RunSource): Promise<LoadedConfig> {
  return (await loadRun(run)).loaded;
}

/** The path of a user's own module; undefined: it is built in, or a value. */
function pathIn(named: string | Workload): string | undefined {
  return typeof named === 'string' && isModulePath(named) ? named : undefined;
}

function nameOf(workload: string | Workload): string {
  return typeof workload === 'string' ? workload : workload.name;
}
