import {parse} from 'yaml';
import {UserError} from '../support/index.js';

/** @throws UserError naming every key in which a resumed run's config differs from the one it was begun with */
export function requireSameConfig(begunWith: string, now: string, path: string): void {
  const [before, after] = [flat(parsedMapping(begunWith, path)), flat(parse(now))];
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const changed = keys.filter((key) => before.get(key) !== after.get(key));
  if (changed.length === 0) return;
  const told = changed.map(
    (key) => `  ${key}: was ${before.get(key) ?? 'not set'}, is now ${after.get(key) ?? 'not set'}`,
  );
  throw new UserError(
    `--resume: the run in ${path} was begun with another config:\n${told.join('\n')}\nUse its own config.yaml, or begin a new run.`,
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

function flat(value: unknown, path = ''): Map<string, string> {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]]);
  return new Map(
    Object.entries(value).flatMap(([key, child]) => [...flat(child, path === '' ? key : `${path}.${key}`)]),
  );
}
