import {createRequire} from 'node:module';
import {lockOperations, registeredEngines} from '../engine/index.js';
import {UserError} from '../support/index.js';
import {lockIntrinsics} from './lock-intrinsics.js';

const require = createRequire(import.meta.url);

/** Node's modules whose functions the tool calls while a submission is at work. */
const MODULES = [
  'fs',
  'fs/promises',
  'path',
  'crypto',
  'os',
  'url',
  'perf_hooks',
  'timers',
  'timers/promises',
] as const;

/**
 * Makes what a submission shares with the tool read-only, for the rest of the process: what JavaScript and Node bring, and the
 * operations on tensors. To be called before a user's module is loaded, where a run is to be measured.
 */
export function sealProcess(): void {
  lockIntrinsics();
  lockOperations();
  for (const name of MODULES) Object.freeze(require(`node:${name}`));
  // Paths are relative to it, those of the run's files among them.
  Object.defineProperty(process, 'chdir', {value: refuseFolder, writable: false, configurable: false});
}

function refuseFolder(): never {
  throw new TypeError(
    'process.chdir: a run stays in the folder that it was begun in; give paths from there, or absolute ones',
  );
}

/**
 * To be called once it is loaded, and before an engine is opened.
 * @param file - the user's module, for the message
 * @throws UserError if it has put an engine of its own in the place of one of the tool's
 */
export function requireNoEngines(file: string): void {
  const [engine] = registeredEngines();
  if (engine !== undefined)
    throw new UserError(
      `${file}: it registers an engine '${engine}', which is the tool's own; a run can't be measured on it`,
    );
}
