import {createHash} from 'node:crypto';
import {resolve} from 'node:path';
import type {Json} from '../contract/index.js';
import {numbered, parseRunPath} from './layout.js';

/** What `meta_data_0.json` holds. */
type Facts = {readonly [key: string]: Json};

/**
 * How the names of a run's folders contradict what the run recorded when it was begun, in words; undefined where they do not, or where
 * they or the record say nothing: a run without trials records neither study nor trial.
 * @param path - the run's folder
 */
export function misplacement(path: string, meta: Facts): string | undefined {
  const place = parseRunPath(resolve(path));
  if (!place) return undefined;
  // Trials that are drawn without studies are recorded as of the first one.
  const {workload, study = 1, trial} = place;
  const named = {workload, study, trial};
  const recorded = {workload: meta['workload.name'], study: meta.study, trial: meta.trial};
  const wrong = (['workload', 'study', 'trial'] as const).filter(
    (key) => recorded[key] !== undefined && recorded[key] !== named[key],
  );
  if (wrong.length === 0) return undefined;
  const inWords = (of: {readonly [key in (typeof wrong)[number]]: unknown}) =>
    wrong.map((key) => `${key} ${String(of[key])}`).join(', ');
  return `its folder says ${inWords(named)}, and ${numbered('meta_data', 0)} ${inWords(recorded)}: it was moved or renamed`;
}

/**
 * A run's id: ten hexadecimal digits of when and as what it was begun, wherever it lies now; undefined where that is not recorded.
 */
export function recordedId({begun, rng_seed, 'workload.name': workload, study, trial}: Facts): string | undefined {
  return typeof begun === 'string' ? idOf(begun, rng_seed, workload, study ?? null, trial ?? 1) : undefined;
}

/** Ten hexadecimal digits. */
export function idOf(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);
}
