import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {countOfSteps, readWholeText, writeWhole} from '../support/index.js';
import type {FileHashes} from './file-hashes.js';
import {FILES} from './layout.js';

/** An evaluation that counts: at which step it was, and the submission's seconds then. */
export interface Mark {
  readonly globalStep: number;
  readonly seconds: number;
}

/** How a run may end. */
export const resultStatuses = Object.freeze([
  'target_reached',
  'budget_spent',
  'stopped',
  'terminated_early',
  'diverged',
  'failed',
] as const);

/** How a run ended. */
export interface RunResult {
  readonly status: (typeof resultStatuses)[number];
  /** In words. */
  readonly reason: string;
  readonly workload: string;
  readonly experiment: string;
  /** The run's folder. */
  readonly path: string;
  readonly globalStep: number;
  readonly metric: string;
  /** The best value of the target metric on validation, and when it came. */
  readonly best: (Mark & {readonly value: number}) | null;
  /** All metrics of the last evaluation. */
  readonly last: {readonly [name: string]: number | null} | null;
  /** When the validation target was first reached; null if it was not. Scores are computed from it. */
  readonly timeToTarget: Mark | null;
  readonly timeToTestTarget: Mark | null;
  /** Seconds. */
  readonly times: {
    readonly submission: number;
    readonly evaluation: number;
    readonly logging: number;
    readonly total: number;
  };
  /** Seconds of the submission beyond the run's limit: a step that crosses it is the last one. 0 within the limit, or without one. */
  readonly overshootSeconds: number;
  readonly official: boolean;
  /** The reasons, in words; empty: it is official. */
  readonly notOfficialBecause: readonly string[];
  /** Whether the submission itself came to its end; false where a limit of time or steps or a target ended the run. */
  readonly trainingComplete: boolean;
  /** The SHA-256 that each kept checkpoint has in its metadata, by its file's name; absent: the run was refused. */
  readonly checkpoints?: FileHashes;
  /** SHA-256 of the settings, tables and events in the run's folder, by file name; absent: the run was refused. */
  readonly sha256?: FileHashes;
}

/** How a run ended, in words: `stopped after 7,813 steps (--max-global-steps 7813 is reached)`. */
export function endingInWords({
  status,
  globalStep,
  reason,
}: Pick<RunResult, 'status' | 'globalStep' | 'reason'>): string {
  // The target may have been reached at an earlier step.
  const end = status === 'target_reached' ? 'target reached, ended' : status.replaceAll('_', ' ');
  return `${end} after ${countOfSteps(globalStep)} (${reason})`;
}

/** A status in words, with whether the target was reached where the status does not say it: `budget spent, target reached`. */
export function statusInWords({
  status,
  timeToTarget,
}: {
  readonly status: string;
  readonly timeToTarget: unknown;
}): string {
  const words = status.replaceAll('_', ' ');
  return (timeToTarget ?? null) === null || status === 'target_reached' ? words : `${words}, target reached`;
}

/** Whether a run's time counts, by the reasons against it: nothing else decides. That a run has failed is a reason, too. */
export function officialBy(
  reasons: readonly string[],
  status?: RunResult['status'],
): Pick<RunResult, 'official' | 'notOfficialBecause'> {
  const notOfficialBecause = [...new Set([...reasons, ...(status === 'failed' ? ['the run failed'] : [])])];
  return {official: notOfficialBecause.length === 0, notOfficialBecause};
}

/** The file of a run's result. */
export interface ResultFile {
  readonly file: string;
  readonly text: string;
}

/** What `result.json` holds of a result. */
export function textOfResult(result: RunResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}

/** Writes the result: the last file of a run. @returns what was written */
export function writeResult(run: string, result: RunResult): ResultFile {
  const written = {file: join(run, FILES.result), text: textOfResult(result)};
  writeWhole(written.file, written.text);
  return written;
}

/** Whether a result is there though the run has not come to its end: a lock is there, too. */
export function isPremature(run: string): boolean {
  return existsSync(join(run, FILES.result)) && existsSync(join(run, FILES.lock));
}

/**
 * The result of a finished run, or undefined. A damaged file counts as missing, and so does one beside a lock, which a run's own
 * process removes after it has written the result: resuming writes it again.
 */
export function readResult(run: string): RunResult | undefined {
  const file = join(run, FILES.result);
  // An error is made slowly, and of thousands of planned runs few have a result.
  if (!existsSync(file) || existsSync(join(run, FILES.lock))) return undefined;
  try {
    const result: unknown = JSON.parse(readWholeText(file));
    return isRunResult(result) ? {...result, path: run} : undefined;
  } catch {
    return undefined;
  }
}

/** Whether all is there that a result is reported with, and of its kind. */
function isRunResult(value: unknown): value is RunResult {
  const {status, reason, metric, globalStep, best, timeToTarget, times} = Object(value) as Partial<RunResult>;
  return (
    resultStatuses.some((known) => known === status) &&
    [reason, metric].every((text) => typeof text === 'string') &&
    typeof globalStep === 'number' &&
    (best === null || hasNumbers(best, 'value', 'globalStep')) &&
    (timeToTarget === null || hasNumbers(timeToTarget, 'globalStep', 'seconds')) &&
    hasNumbers(times, 'submission', 'evaluation', 'total')
  );
}

function hasNumbers(value: unknown, ...names: string[]): boolean {
  return names.every((name) => typeof Object(value)[name] === 'number');
}
