import type {InstallReporter} from '../native/install/index.js';

const BAR_CELLS = 24;
const REDRAW_MILLISECONDS = 100;
const CLEAR_LINE = '\r\x1b[2K';

/** A stream that may be a terminal: stderr. */
export type ReporterStream = Pick<NodeJS.WriteStream, 'write'> & {readonly isTTY?: boolean};

/** Reports an installation on a stream: a line per step and, on a terminal, a bar below the last one. */
export function createInstallReporter(
  stream: ReporterStream,
  now: () => number = () => performance.now(),
): InstallReporter & {end(): void} {
  const visible = stream.isTTY === true;
  let drawnAt = -Infinity;
  let drawn = false;
  const clear = (): void => {
    if (drawn) stream.write(CLEAR_LINE);
    drawn = false;
    drawnAt = -Infinity;
  };
  return {
    visible,
    step(text) {
      clear();
      stream.write(`${text}\n`);
    },
    progress(done, total) {
      if (!visible || (now() - drawnAt < REDRAW_MILLISECONDS && done !== total)) return;
      stream.write(`${CLEAR_LINE}${progressBar(done, total)}`);
      drawn = true;
      drawnAt = now();
    },
    end: clear,
  };
}

/** `[============            ]  50 %  137/274 MB`; without a total, the bytes alone. */
export function progressBar(done: number, total: number | undefined): string {
  const megabytes = (bytes: number): string => Math.round(bytes / 1e6).toString();
  if (!total) return `${megabytes(done)} MB`;
  const share = Math.min(1, done / total);
  const cells = '='.repeat(Math.floor(share * BAR_CELLS)).padEnd(BAR_CELLS);
  return `[${cells}] ${Math.floor(share * 100)
    .toString()
    .padStart(3)} %  ${megabytes(done)}/${megabytes(total)} MB`;
}
