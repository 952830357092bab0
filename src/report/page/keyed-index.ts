/**
 * The place in a list that a key leads to, as in a slider; -1: none, with Escape.
 * @param at - the place before; -1: none
 * @returns undefined: the key is for others
 */
export function keyedIndex(key: string, at: number, length: number): number | undefined {
  const page = Math.max(1, Math.round(length / 10));
  const moves: {readonly [key: string]: number} = {
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    PageUp: at + page,
    PageDown: at - page,
    Home: 0,
    End: length - 1,
  };
  if (key === 'Escape') return -1;
  const to = moves[key];
  return to === undefined ? undefined : Math.max(0, Math.min(length - 1, to));
}
