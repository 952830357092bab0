import {camelCase} from '../support/index.js';
import type {ConfigPath} from './locate.js';
import type {Problem} from './problems.js';

/** Keys of one mapping that are the same in camelCase: one would overwrite the other. */
export function twinKeys(value: unknown, path: ConfigPath = []): Problem[] {
  if (typeof value !== 'object' || value === null) return [];
  const children = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  const below = children.filter(([, child]) => typeof child === 'object' && child !== null);
  return [
    ...(Array.isArray(value) ? [] : twinsAmong(Object.keys(value), path)),
    ...below.flatMap(([key, child]) => twinKeys(child, [...path, key])),
  ];
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
