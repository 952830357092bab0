import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {Json} from '../contract/index.js';
import {makeFolder, onDisk, readWholeText, UserError, writeWhole} from '../support/index.js';
import {requireExperimentName} from './layout.js';
import {placeLock} from './lock-file.js';

/** What the trials of an experiment were drawn by, in the file's spelling: a process that continues them draws the same. */
export interface TuningRecord {
  readonly workload: string;
  readonly tuning_ruleset: 'external' | 'self';
  readonly rng_seed: number;
  readonly num_tuning_trials: number;
  readonly num_studies: number;
  /** As its file has it; null: there is none. */
  readonly search_space: Json;
  /** The points of a study's trials, trial 1 first. */
  readonly points: readonly Json[];
}

/** Where a tuning record is kept. */
export interface TuningPlace {
  readonly experimentDir: string;
  readonly experiment: string;
  readonly workload: string;
}

/** The file of an experiment's record. */
export function tuningFile({experimentDir, experiment, workload}: TuningPlace): string {
  return join(experimentDir, experiment, `${workload}_tuning.json`);
}

/**
 * The record of an experiment's trials of a workload; undefined if there is none.
 * @throws UserError if it can't be read
 */
export function readTuningRecord(place: TuningPlace): TuningRecord | undefined {
  requireExperimentName(place.experiment);
  const file = tuningFile(place);
  if (!existsSync(file)) return undefined;
  try {
    const record: TuningRecord = JSON.parse(readWholeText(file));
    if (Number.isSafeInteger(record.rng_seed) && Array.isArray(record.points)) return record;
    throw new Error('it holds no seed or no points');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new UserError(`${file}: the record of its trials can't be read (${reason}); replace them by --overwrite`, {
      cause,
    });
  }
}

/**
 * Keeps a record, unless there is one: of several processes one succeeds.
 * @param isReplaced - whether one that is there is replaced
 * @returns whether this one is kept
 */
export function keepTuningRecord(place: TuningPlace, record: TuningRecord, isReplaced: boolean): boolean {
  requireExperimentName(place.experiment);
  const file = tuningFile(place);
  const text = `${JSON.stringify(record, null, 2)}\n`;
  return onDisk(file, () => {
    makeFolder(join(place.experimentDir, place.experiment));
    if (!isReplaced) return placeLock(file, text);
    writeWhole(file, text);
    return true;
  });
}
