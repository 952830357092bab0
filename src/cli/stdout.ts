/** Characters that are written to stdout at once, at least. */
const PORTION = 65_536;

/** Writes a long text to stdout in portions, so that it is never in memory as a whole. */
export function writeParts(parts: Iterable<string>): void {
  let portion = '';
  for (const part of parts) {
    portion += part;
    if (portion.length < PORTION) continue;
    process.stdout.write(portion);
    portion = '';
  }
  process.stdout.write(portion);
}

/**
 * Sends what is written to stdout to stderr, so that stdout has the result only, whatever user code prints.
 * @returns a function that ends this
 */
export function divertStdout(): () => void {
  const {stdout, stderr} = process;
  const before = Object.getOwnPropertyDescriptor(stdout, 'write');
  const write = (...written: Parameters<typeof stderr.write>): boolean => stderr.write(...written);
  Object.defineProperty(stdout, 'write', {value: write, configurable: true, writable: true});
  return () => {
    if (before) Object.defineProperty(stdout, 'write', before);
    // Uncovers the method of the class.
    else delete (stdout as {write?: unknown}).write;
  };
}
