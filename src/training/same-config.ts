import {parse} from 'yaml';
import {UserError} from '../support/index.js';

/** @throws UserError naming every key in which a resumed run's config differs from the one it was begun with */
export function requireSameConfig(begunWith: string, now: string, path: string): void {
  const told = differences(parsedMapping(begunWith, path), parse(now));
  if (told.length === 0) return;
  throw new UserError(
    `--resume: the run in ${path} was begun with another config:\n${told.join('\n')}\nUse its own config.yaml, or begin a new run.`,
  );
}

/** The keys in which two mappings differ, each as a line: `  rng_seed: was 1, is now 2`. Lists are values. */
export function differences(before: unknown, now: unknown): string[] {
  const [was, is] = [flat(before), flat(now)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].filter((key) => was.get(key) !== is.get(key));
  return keys.map((key) => `  ${key}: was ${was.get(key) ?? 'not set'}, is now ${is.get(key) ?? 'not set'}`);
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

function flat(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, child]) => [...flat(child, path === '' ? key : `${path}.${key}`)]),
  );
}
