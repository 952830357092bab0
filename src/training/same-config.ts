import {parse} from 'yaml';
import type {Json} from '../contract/index.js';
import {differingKeys} from '../runs/index.js';
import {UserError} from '../support/index.js';
import {ChangedRunError} from './changed-run.js';

/** @throws ChangedRunError naming every key in which a resumed run's config differs from the one it was started with */
export function requireSameConfig(begunWith: string, now: string, path: string): void {
  if (begunWith === now) return;
  const changed = differences(parsedMapping(begunWith, path), parse(now));
  if (changed.length === 0) return;
  throw new ChangedRunError(
    '--resume',
    `the run in ${path} was started with another config:\n${changed.join('\n')}`,
    `\nUse its own config.yaml, or begin a new run.`,
  );
}

/** The keys in which two mappings differ, each as a line: `  rng_seed: was 1, is now 2`. Lists are values. */
export function differences(before: unknown, now: unknown): string[] {
  const text = (value: Json | undefined): string => (value === undefined ? 'not set' : JSON.stringify(value));
  return differingKeys([before as Json, now as Json]).map(
    ({key, values: [was, is]}) => `  ${key}: was ${text(was)}, is now ${text(is)}`,
  );
}

function parsedMapping(text: string, path: string): object {
  try {
    const content: unknown = parse(text, {prettyErrors: false});
    if (content !== null && typeof content === 'object' && !Array.isArray(content)) return content;
  } catch (cause) {
    throw new UserError(`${path}: its config.yaml can't be read (${(cause as Error).message})`, {cause});
  }
  throw new UserError(`${path}: its config.yaml can't be read (it holds no config)`);
}
