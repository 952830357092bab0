/** Behind these a label may be broken: a minus before a number is none of them. */
const BREAKS = /(?<=[,+ _]|[a-z]-)/;

/** A list's text: of two or more equal entries their number is given, `3 × linear`. */
function withRepeats(text: string): string {
  const entries = text.split(', ');
  const areEqual = entries.length > 1 && entries.every((entry) => entry === entries[0]);
  return areEqual ? `${entries.length} × ${entries[0]}` : text;
}

/**
 * A text of at most so many characters: of a longer one the middle is left out, `0, 0.001, …, -0.0005`.
 * @param most - at least 1
 */
export function shortLabel(text: string, most: number): string {
  const whole = withRepeats(text);
  if (whole.length <= most) return whole;
  const entries = whole.split(', ');
  const last = entries.pop()!;
  // Whole entries, where there is room for any.
  for (let kept = entries.length - 1; kept > 0; kept--) {
    const shorter = [...entries.slice(0, kept), '…', last].join(', ');
    if (shorter.length <= most) return shorter;
  }
  return cut(whole, most);
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = Math.max(0, most - 1);
  const head = Math.ceil(kept / 2);
  const [before, after] = [text.slice(0, head), text.slice(text.length - (kept - head))];
  // Not `0.….5`.
  return `${before.replace(/[ ,.]+$/, '')}…${after.replace(/^[ ,.]+/, '')}`;
}

/** A text in lines of at most so many characters, broken behind separators: of too many lines the middle ones are left out. */
export function labelLines(text: string, most: number, lines = 3): string[] {
  const parts = withRepeats(text).split(BREAKS);
  const found: string[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    const isFitting = last !== undefined && (last + part).trimEnd().length <= most;
    if (isFitting) found[found.length - 1] = last + part;
    else found.push(part);
  }
  const whole = found.map((line) => cut(line.trimEnd(), most));
  return whole.length <= lines ? whole : [...whole.slice(0, lines - 2), '…', whole.at(-1)!];
}
