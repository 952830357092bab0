/**
 * Freezes a value to the bottom: plain objects, lists, and what they hold. Typed arrays, whose elements can't be frozen, and objects
 * of classes are left as they are.
 * @returns the value itself
 */
export function frozen<T>(value: T): T {
  if (!isPlainOrList(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const {value: part} of Object.values(Object.getOwnPropertyDescriptors(value))) frozen(part);
  return value;
}

function isPlainOrList(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Array.isArray(value);
}
