/** Characters of a string that are shown of it. */
const MOST_SHOWN = 60;

/** What was found where something else is allowed, for messages: a text in quotes, a number as it is, of the rest its kind. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > MOST_SHOWN ? `${value.slice(0, 57)}...` : value);
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  if ('next' in value && (Symbol.iterator in value || Symbol.asyncIterator in value)) return 'a generator';
  if ('then' in value && typeof value.then === 'function') return 'a promise';
  const kind: unknown = value.constructor?.name;
  if (typeof kind !== 'string' || kind === '' || kind === 'Object') return 'an object';
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}
