/**
 * Freezes a value to the bottom: plain objects, lists, and what they hold, also where the outermost is already frozen. Typed arrays,
 * whose elements can't be frozen, and objects of classes are left as they are.
 * @returns the value itself
 */
export function frozen<T>(value: T): T {
  freeze(value, new Set());
  return value;
}

function freeze(value: unknown, seen: Set<unknown>): void {
  if (!isPlainOrList(value) || seen.has(value)) return;
  seen.add(value);
  Object.freeze(value);
  for (const {value: part} of Object.values(Object.getOwnPropertyDescriptors(value))) freeze(part, seen);
}

function isPlainOrList(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
