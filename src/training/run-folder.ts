import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type EngineInfo, randomSeed} from '../engine/index.js';
import {
  createRun,
  type Extent,
  FILES,
  grownFile,
  laterFiles,
  numbered,
  openRun,
  parseNumber,
  type ReadCheckpoint,
  type ResumedRun,
  type RunLocation,
  readTable,
  readUserCode,
  reasonsSoFar,
  requireRecordedCode,
  sourceFiles,
} from '../runs/index.js';
import {onDisk, UserError} from '../support/index.js';
import {ChangedRunError} from './changed-run.js';
import {json, type ProcessFacts, processFiles, reasonsNotOfficial} from './process-files.js';
import type {RunOptions} from './run-options.js';
import type {Runtime} from './runtime.js';
import {CODE_CHANGED, changesOfCode} from './same-code.js';
import {requireSameConfig} from './same-config.js';
import type {Position} from './trial-types.js';

/** The folder of a run, locked, with what it can continue from. */
export interface RunFolder extends ResumedRun, ProcessFacts {
  /** The files of the user's own code that have changed since the run's latest process, as text. */
  readonly codeChanges: readonly string[];
}

/** What a checkpoint says beside the state. */
export interface Saved {
  readonly position: Position;
  readonly extent: Extent;
}

/** What the run's checkpoint says beside the state; undefined where it begins. */
export function savedOf(folder: {
  readonly checkpoint?: Pick<ReadCheckpoint, 'metadata'> | undefined;
}): Saved | undefined {
  return folder.checkpoint?.metadata as Saved | undefined;
}

/**
 * Makes the folder of a new run and takes its lock.
 * @throws UserError if there is a run of that name, or the folder can't be written
 */
export async function createRunFolder(options: RunOptions, runtime: Runtime): Promise<RunFolder> {
  const {workload, loaded, stem, experimentDir, experimentName, study, trial = 1, overwrite = false} = options;
  const facts = {
    seed: options.rngSeed ?? randomSeed(),
    preemptionCount: 0,
    notOfficial: reasonsNotOfficial(options, runtime),
    code: readUserCode(options.modules ?? {}),
  };
  const run = await createRun({
    warn: (message) => options.watcher.warn(message),
    experimentDir,
    experimentName,
    stem,
    study,
    workload: workload.name,
    trial,
    overwrite,
    files: {
      [FILES.config]: loaded.resolved,
      [FILES.hparams]: json(loaded.hyperparameters),
      [FILES.overrides]: json(options.overrides),
      ...processFiles(options, runtime, facts),
      ...sourceFiles(facts.code, 0),
    },
  });
  return {...run, ...facts, checkpoint: undefined, damaged: [], codeChanges: []};
}

/**
 * Takes the lock of the run to resume.
 * @throws UserError if there is none, it is in use, or it was started with another config, seed, data or code of the user's
 */
export async function openRunFolder(options: RunOptions, runtime: Runtime): Promise<RunFolder> {
  const {engine, dataset, dataSha256} = runtime;
  const {experimentDir, watcher} = options;
  const run = await openRun(experimentDir, locationOf(options), {warn: (message) => watcher.warn(message)});
  try {
    const beginning = requireSameRun(run.path, options);
    const {rng_seed, data_sha256, code, codeChanges} = beginning;
    if (data_sha256 !== undefined && data_sha256 !== dataSha256) {
      throw new ChangedRunError(
        '--resume',
        `the run in ${run.path} was started with other data than that in ${dataset.source}`,
        '; give it the same --data-dir, or begin a new run',
      );
    }
    sayOtherEngine(beginning, engine, watcher);
    for (const {path, reason} of run.damaged) {
      watcher.warn(`${path} is damaged (${reason}); it is passed over and kept as ${path}.damaged`);
    }
    sayBeginning(run, options);
    const reasons = [...reasonsSoFar(run.path), ...reasonsNotOfficial(options, runtime)];
    if (codeChanges.length > 0) reasons.push(CODE_CHANGED);
    reasons.push(...changesSinceCheckpoint(run));
    return {...run, seed: rng_seed, notOfficial: [...new Set(reasons)], code, codeChanges};
  } catch (error) {
    run.lock.release();
    throw error;
  }
}

/** The tables and events that are not as they were at the checkpoint, as text: the run's time does not count then. */
function changesSinceCheckpoint({path, checkpoint}: ResumedRun): string[] {
  const {lines = {}, sha256 = {}} = savedOf({checkpoint})?.extent ?? {};
  return Object.entries(sha256)
    .filter(([file, expected]) => rowsAt(join(path, file), lines[file]) !== expected)
    .map(([file]) => `${file} was changed after the checkpoint that the run was resumed from`);
}

/** Undefined where they are not there. */
function rowsAt(file: string, lines: number | undefined): string | undefined {
  return existsSync(file) ? grownFile(file, lines)?.sha256 : undefined;
}

function sayOtherEngine({backend, device}: Beginning, engine: EngineInfo, watcher: RunOptions['watcher']): void {
  const other =
    backend !== engine.backend
      ? `${backend} and is resumed on ${engine.backend}`
      : device !== undefined && device !== engine.device && `the ${device} and is resumed on the ${engine.device}`;
  if (other)
    watcher.warn(`the run was started on ${other}: its numbers will differ a little from those of a run on one engine`);
}

/** @throws UserError unless the options name the run to resume */
export function locationOf({experimentName, study, workload, trial = 1}: RunOptions): RunLocation {
  if (experimentName !== undefined) return {experiment: experimentName, study, workload: workload.name, trial};
  throw new UserError(
    '--resume: say which run with --experiment-name <name>; `algoperf-ts runs list` shows their names',
  );
}

/** Says where a run continues: a warning if work is lost. After step 1 there always was a checkpoint: none then means that it was removed. */
function sayBeginning({path, checkpoint, damaged}: ResumedRun, {loaded, watcher}: RunOptions): void {
  const begin = `resuming ${path} from its beginning:`;
  const step = lastStepIn(path);
  if (checkpoint) watcher.info(`resuming ${path} from its checkpoint after step ${checkpoint.globalStep}`);
  else if (loaded.config.checkpoints.keep === 'none')
    watcher.info(`${begin} it keeps no checkpoints (checkpoints.keep: none)`);
  else if (damaged.length > 0) watcher.warn(`${begin} none of its checkpoints is whole`);
  else if (step > 1)
    watcher.warn(`${begin} its checkpoints are gone, though its tables go to step ${step}; the tables start over`);
  else watcher.info(`${begin} it has no checkpoint yet`);
}

/** The last step in a run's tables; 0 if there is none. */
function lastStepIn(path: string): number {
  const last = [FILES.measurements, FILES.evaluations].map((file) => readTable(join(path, file)).at(-1)?.global_step);
  return Math.max(0, ...last.map(parseNumber).filter(Number.isFinite));
}

/** What a run was started with, as its first `meta_data` says. */
interface Beginning {
  readonly rng_seed: number;
  readonly backend: string;
  /** Undefined in a run of an earlier version. */
  readonly device?: string;
  /** Undefined in a run of an earlier version. */
  readonly data_sha256?: string;
  /** Undefined in a run of no tuning: it has the budget of an external one. */
  readonly tuning_ruleset?: string;
}

/**
 * @returns what the run was started with, and the user's own code with what has changed in it
 * @throws UserError if it was another config, seed or code, or the run's own files can't be read
 */
export function requireSameRun(path: string, options: RunOptions): Beginning & Pick<RunFolder, 'code' | 'codeChanges'> {
  const {loaded, rngSeed, withChangedSubmission = false} = options;
  const config = join(path, FILES.config);
  const text = onDisk(config, () => readFileSync(config, 'utf8'));
  requireSameConfig(text, loaded.resolved, path);
  const beginning = readBeginning(join(path, numbered('meta_data', 0)));
  const seed = beginning.rng_seed;
  if (rngSeed !== undefined && rngSeed !== seed)
    throw new ChangedRunError(
      '--rng-seed',
      `the run in ${path} has the seed ${seed}, got ${rngSeed}`,
      '; leave it out to continue',
    );
  const [begunBy = 'external', ruleset = 'external'] = [beginning.tuning_ruleset, options.tuning?.ruleset];
  if (begunBy !== ruleset)
    throw new ChangedRunError('--tuning-ruleset', `the run in ${path} was started with ${begunBy}, got ${ruleset}`);
  requireRecordedCode(path);
  const code = readUserCode(options.modules ?? {}, laterFiles(path));
  return {...beginning, code, codeChanges: changesOfCode(path, code, withChangedSubmission)};
}

function readBeginning(file: string): Beginning {
  try {
    const beginning: Partial<Beginning> = Object(JSON.parse(readFileSync(file, 'utf8')));
    if (!Number.isSafeInteger(beginning.rng_seed)) throw new Error('it has no rng_seed that is an integer');
    if (typeof beginning.backend !== 'string') throw new Error('it has no backend that is a string');
    return beginning as Beginning;
  } catch (cause) {
    throw new UserError(`${file}: what the run was started with can't be read from it (${(cause as Error).message})`, {
      cause,
    });
  }
}
