/** Whether a value can hold others by their names: an object that is neither to be waited for nor to be gone through. */
export function isByName(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return !('then' in value || Symbol.iterator in value || Symbol.asyncIterator in value);
}
