import {camelCase} from '../support/index.js';
import type {ConfigPath} from './locate.js';
import type {Problem} from './problems.js';

/** Keys of one mapping that are the same in camelCase: one would overwrite the other. */
export function twinKeys(value: unknown, path: ConfigPath = []): Problem[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => twinKeys(item, [...path, i]));
  if (typeof value !== 'object' || value === null) return [];
  const first = new Map<string, string>();
  return Object.entries(value).flatMap(([key, child]) => {
    const name = camelCase(key);
    const twin = first.get(name);
    if (twin === undefined) first.set(name, key);
    const problem = {path: [...path, key], message: `is the same key as \`${twin}\` to a submission; keep one of them`};
    return [...(twin === undefined ? [] : [{...problem, ofKey: true}]), ...twinKeys(child, [...path, key])];
  });
}
