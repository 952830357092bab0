import {existsSync, readFileSync, statSync, truncateSync} from 'node:fs';
import {join} from 'node:path';
import {checkpointSums} from './checkpoints.js';
import type {EventRow} from './events.js';
import {fileHashes, sha256} from './file-hashes.js';
import {FILES, type ToolEvent} from './layout.js';
import {endingInWords, type ResultFile, type RunResult, textOfResult, writeResult} from './result.js';
import {appendJsonLine} from './tables.js';

/** The event that ends a run: its result in words, with the SHA-256 of what `result.json` holds. */
const RESULT_EVENT: ToolEvent['name'] = 'result';

/**
 * Ends a run: its events get the hash of its result, and `result.json`, its last file, the hashes of all others. So neither can be
 * changed without the other.
 * @returns the result with the hashes, and its file as it was written
 * @throws UserError if the files can't be written
 */
export function endRun(
  run: string,
  ended: Omit<RunResult, 'sha256' | 'checkpoints'>,
): {readonly result: RunResult; readonly written: ResultFile} {
  const hashes = fileHashes(run);
  const result = {...ended, checkpoints: checkpointSums(run), sha256: hashes};
  const event = {event: RESULT_EVENT, message: endingInWords(ended), sha256: contentHash(result)};
  const events = join(run, FILES.events);
  const size = existsSync(events) ? statSync(events).size : 0;
  try {
    appendJsonLine(events, {time: new Date().toISOString(), global_step: ended.globalStep, ...event});
    const whole = {...result, sha256: {...hashes, [FILES.events]: sha256(readFileSync(events))}};
    return {result: whole, written: writeResult(run, whole)};
  } catch (error) {
    // As on a full disk: the run is an interrupted one, whose events tell of no result.
    if (existsSync(events)) truncateSync(events, size);
    throw error;
  }
}

/** The hash of what a result holds, but for that of the events, which the hash is kept in. */
function contentHash(result: object): string {
  const {sha256: hashes, ...rest} = result as Partial<RunResult>;
  const {[FILES.events]: _, ...ofOthers} = Object(hashes) as NonNullable<RunResult['sha256']>;
  return sha256(JSON.stringify({...rest, sha256: ofOthers}));
}

/**
 * Whether a run's `result.json` is, byte for byte, what the run wrote, by the hash that its events have of it; one that is missing is
 * not.
 * @param events - of the run
 * @returns undefined: they have none
 */
export function isResultKept(run: string, events: readonly EventRow[]): boolean | undefined {
  const end = events.findLast(({event}) => event === RESULT_EVENT);
  if (end === undefined) return undefined;
  try {
    const text = readFileSync(join(run, FILES.result));
    const result = JSON.parse(text.toString('utf8'));
    // One content has many spellings in JSON, of which the tool writes one.
    return end.sha256 === contentHash(result) && text.equals(Buffer.from(textOfResult(result)));
  } catch {
    return false;
  }
}

/** That a run's `result.json` is not as its events have it, in words; undefined where it is, or they don't say. */
export function resultChange(run: string, events: readonly EventRow[]): string | undefined {
  if (isResultKept(run, events) !== false) return undefined;
  return existsSync(join(run, FILES.result))
    ? `${FILES.result} was changed after the run: its SHA-256 is not that in ${FILES.events}`
    : `${FILES.result} is missing: ${FILES.events} has its SHA-256`;
}
