import type {Json} from '../contract/index.js';

/** What a mapping holds, by dotted key: `batch_size`, `schedule.alter_decays`; lists are values. */
export function* flatEntries(value: Json, path = ''): Generator<[key: string, value: Json]> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    if (path !== '') yield [path, value];
    return;
  }
  for (const [key, child] of Object.entries(value)) yield* flatEntries(child, path === '' ? key : `${path}.${key}`);
}

/** A key in which mappings differ. */
export interface DifferingKey {
  /** Dotted. */
  readonly key: string;
  /** One a mapping; undefined where it lacks the key. */
  readonly values: readonly (Json | undefined)[];
}

/** The keys that not all mappings have with one and the same value, in the order in which they first come. */
export function differingKeys(mappings: readonly Json[]): DifferingKey[] {
  const flat = mappings.map((mapping) => new Map(flatEntries(mapping)));
  const keys = new Set(flat.flatMap((entries) => [...entries.keys()]));
  const text = (value: Json | undefined): string => JSON.stringify(value) ?? '';
  return [...keys]
    .map((key) => ({key, values: flat.map((entries) => entries.get(key))}))
    .filter(({values}) => values.some((value) => text(value) !== text(values[0])));
}
