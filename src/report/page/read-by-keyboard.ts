/**
 * The place in a list that a key leads to, as in a slider; -1: none, with Escape.
 * @param at - the place before; -1: none
 * @returns undefined: the key is for others
 */
function keyedIndex(key: string, at: number, length: number): number | undefined {
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

/** What is read item by item, by the pointer or with the keyboard. */
export interface Reader {
  /** The item that is read; -1: none. */
  at(): number;
  length(): number;
  read(index: number): void;
}

/** Keys move from item to item of an element that has the focus; without focus or pointer none is read. */
export function readByKeyboard(host: HTMLElement, {at, length, read}: Reader): void {
  host.addEventListener('pointerleave', () => read(-1));
  host.addEventListener('blur', () => read(-1));
  host.addEventListener('keydown', (event) => {
    const index = keyedIndex(event.key, at(), length());
    if (index === undefined) return;
    event.preventDefault();
    read(index);
  });
}
