/** As the system has it: what is written there is what native libraries read. */
const native = process.env;

let kept: Readonly<NodeJS.ProcessEnv> | undefined;

/** The variables that the tool goes by: the process's own, or as they were when they were kept. */
export function environment(): Readonly<NodeJS.ProcessEnv> {
  return kept ?? process.env;
}

/** Where the tool sets variables for native libraries. */
export function nativeEnvironment(): NodeJS.ProcessEnv {
  return kept ? native : process.env;
}

/**
 * Keeps the environment as it is, for the rest of the process. Other code gets a copy as `process.env`: what it sets there changes
 * neither what the tool does nor what the processes and threads that the tool starts are given.
 */
export function keepEnvironment(): void {
  if (kept) return;
  kept = Object.freeze({...native});
  Object.defineProperty(process, 'env', {value: {...kept}, enumerable: true, writable: false, configurable: false});
}
