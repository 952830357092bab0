import {findSourceMap} from 'node:module';

const FRAME = /(file:\/\/[^\s()]+):(\d+):(\d+)/g;

/**
 * Calls `run` in such a way that {@link sourceStack} knows the source maps of the modules that it loads. Only then: the maps of
 * all packages that an engine loads would cost a tenth of a second and 40 MB.
 */
export async function keepingSourceMaps<T>(run: () => Promise<T>): Promise<T> {
  const before = areStacksMapped();
  process.setSourceMapsEnabled(true);
  try {
    return await run();
  } finally {
    process.setSourceMapsEnabled(before);
  }
}

/** An error's stack with the lines and columns of what was written, where modules were transpiled; its message without one. */
export function sourceStack({stack, message}: Error): string {
  if (stack === undefined || areStacksMapped()) return stack ?? message;
  return stack.replace(FRAME, (frame, url: string, line: string, column: string) => {
    const origin = findSourceMap(url)?.findOrigin(Number(line), Number(column));
    return origin && 'lineNumber' in origin ? `${url}:${origin.lineNumber}:${origin.columnNumber}` : frame;
  });
}

/** Whether Node maps stacks itself, as with --enable-source-maps. */
function areStacksMapped(): boolean {
  return (process as {sourceMapsEnabled?: boolean}).sourceMapsEnabled ?? false;
}
