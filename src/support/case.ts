/** Keys are snake_case in files and camelCase in code. */

export function camelCase(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const name = key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (names.size < MOST_NAMES) names.set(key, name);
  return name;
}

/** The keys of configs are few, and thousands of configs have the same ones. */
const names = new Map<string, string>();
const MOST_NAMES = 1000;

/** The same plain data with every key in camelCase, frozen to the bottom. */
export function withCamelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map(withCamelKeys));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([key, child]) => [camelCase(key), withCamelKeys(child)]);
  return Object.freeze(Object.fromEntries(entries));
}

/** `one_minus_beta1` is `oneMinusBeta1`. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** The type of the same data as code speaks of it. */
export type CamelKeys<T> = {readonly [K in keyof T & string as CamelCase<K>]: T[K]};

/** `maxGlobalSteps` as `max_global_steps`. */
export function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
