import type {Json} from '../contract/index.js';

/** What a mapping holds, by dotted key: `batch_size`, `schedule.alter_decays`; lists are values. */
export function* flatEntries(value: Json, path = ''): Generator<[key: string, value: Json]> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    if (path !== '') yield [path, value];
    return;
  }
  for (const [key, child] of Object.entries(value)) yield* flatEntries(child, path === '' ? key : `${path}.${key}`);
}
