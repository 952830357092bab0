import {printable} from '../support/index.js';

/** Lines that stay, and below them a few that are redrawn. */
export interface Screen {
  /** A permanent line. */
  line(text: string): void;
  /** The lines at the bottom. */
  draw(lines: readonly string[]): void;
  /** Removes them. */
  clear(): void;
}

/** Milliseconds from one drawing to the next. */
const DRAW = 100;

/** @param stream - stderr; where it is no terminal nothing is redrawn */
export function createScreen(stream: NodeJS.WriteStream, now: () => number = () => performance.now()): Screen {
  let drawn = 0;
  let latest: readonly string[] = [];
  let at = Number.NEGATIVE_INFINITY;
  const erase = (): void => {
    // To the first of the lines, and everything from there.
    if (drawn > 0) stream.write(`\x1b[${drawn}A\r\x1b[J`);
    drawn = 0;
  };
  const show = (): void => {
    const width = Math.max(1, (stream.columns || 80) - 1);
    stream.write(latest.map((text) => `${printable(text).slice(0, width)}\n`).join(''));
    drawn = latest.length;
  };
  return {
    line(text) {
      erase();
      stream.write(`${text}\n`);
      if (stream.isTTY) show();
    },
    draw(lines) {
      latest = lines;
      if (!stream.isTTY || now() - at < DRAW) return;
      at = now();
      erase();
      show();
    },
    clear() {
      latest = [];
      erase();
    },
  };
}
