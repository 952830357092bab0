/** The places of the entries that a list has before; in mappings the order of the keys makes no difference. */
export function repeatedPlaces(list: readonly unknown[]): number[] {
  const seen = new Set<string>();
  return list.flatMap((entry, place) => {
    const text = JSON.stringify(entry, inOrder);
    if (seen.has(text)) return [place];
    seen.add(text);
    return [];
  });
}

function inOrder(_: string, value: unknown): unknown {
  const isMapping = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isMapping ? Object.fromEntries(Object.entries(value).sort()) : value;
}
