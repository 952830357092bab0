let lastId = 0;

/** An id for a tensor without values: negative, as none of the addon's is, so that it is never asked to delete it. */
export function idWithoutValues(): number {
  lastId -= 1;
  return lastId;
}
