import {camelCase} from '../support/index.js';
import type {ConfigPath} from './locate.js';
import type {Problem} from './problems.js';

/** Keys of one mapping that are the same in camelCase: one would overwrite the other. */
export function twinKeys(value: object, path: ConfigPath = []): Problem[] {
  const isList = Array.isArray(value);
  const problems = isList ? [] : twinsAmong(Object.keys(value), path);
  for (const [key, child] of isList ? value.entries() : Object.entries(value))
    if (typeof child === 'object' && child !== null) problems.push(...twinKeys(child, [...path, key]));
  return problems;
}

function twinsAmong(keys: readonly string[], path: ConfigPath): Problem[] {
  const names = keys.map(camelCase);
  if (new Set(names).size === names.length) return [];
  return keys.flatMap((key, i) => {
    const first = names.indexOf(names[i]!);
    const message = `is the same key as \`${keys[first]}\` to a submission; keep one of them`;
    return first < i ? [{path: [...path, key], message, ofKey: true}] : [];
  });
}
