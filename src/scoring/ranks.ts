/** Ranks of scores, the highest first; equal scores share the better rank, and the next one is left out: 1, 2, 2, 4. */
export function ranks(scores: readonly number[]): number[] {
  const sorted = [...scores].sort((a, b) => b - a);
  const places = new Map<number, number>();
  for (const [i, value] of sorted.entries()) if (!places.has(value)) places.set(value, i + 1);
  return scores.map((value) => places.get(value)!);
}
