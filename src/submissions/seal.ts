import {createHash} from 'node:crypto';
import {createRequire, syncBuiltinESMExports} from 'node:module';
import {lockOperations, watchLibrary} from '../engine/index.js';
import {keepEnvironment, keepRequiredText, UserError} from '../support/index.js';
import {lockClass, lockIntrinsics} from './lock-intrinsics.js';

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
  'util',
  'util/types',
  'events',
  'stream',
  'worker_threads',
  'child_process',
  'module',
] as const;

/** Classes that those modules bring, which the tool has objects of. */
const CLASSES: {readonly [module: string]: readonly string[]} = {
  events: ['EventEmitter'],
  stream: ['Readable', 'Writable', 'Duplex', 'Transform'],
  crypto: ['Hash', 'Hmac'],
  worker_threads: ['Worker'],
  module: ['Module'],
};

/**
 * Makes what a submission shares with the tool read-only, for the rest of the process: what JavaScript and Node provide, and
 * the operations on tensors. To be called before a user's module is loaded, where a run is to be measured.
 * @returns a function to be called once it is loaded, before an engine is opened: it throws a UserError that begins with the
 * module's name if what the engine will be made of is not the tool's own
 */
export function sealProcess(): (module: string) => void {
  keepEnvironment();
  keepRequiredText();
  lockIntrinsics();
  lockOperations();
  for (const [module, names] of Object.entries(CLASSES))
    for (const name of names) lockClass(require(`node:${module}`)[name]);
  for (const handle of nativeParts(createHash('sha256'))) lockClass(handle.constructor);
  closeObservers();
  for (const name of MODULES) Object.freeze(require(`node:${name}`));
  for (const name of ['binding', '_linkedBinding']) refuse(process, name, refuseInternals);
  // Paths are relative to it, those of the run's files among them.
  refuse(process, 'chdir', refuseFolder);
  const change = watchLibrary();
  return (module) => {
    const changed = change();
    if (changed !== undefined)
      throw new UserError(`${module}: it replaces ${changed}; a run can't be measured on that`);
  };
}

/**
 * Loads user code in a process that is sealed against it.
 * @param module - for the message if the code replaces parts of the engine
 */
export async function loadSealed<T>(work: () => Promise<T>, module: string): Promise<T> {
  const requireOwnEngine = sealProcess();
  const loaded = await work();
  requireOwnEngine(module);
  return loaded;
}

/** What an object of Node's does its work by, which it holds by symbols. */
function nativeParts(object: object): object[] {
  const values = Object.getOwnPropertySymbols(object).map((symbol) => (object as {[name: symbol]: unknown})[symbol]);
  return values.filter((value): value is object => Object(value) === value && !isPlain(value as object));
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/**
 * Refuses Node's ways to observe other code: they give the tool's promises, threads and messages as they are made, and with them
 * the values of an evaluation before the tool has them. V8's options can change what its built-in functions do, and a snapshot of the
 * heap has the supervisor's key.
 */
function closeObservers(): void {
  const {Channel} = require('node:diagnostics_channel');
  const observers: [object, readonly string[]][] = [
    [require('node:async_hooks'), ['createHook', 'executionAsyncResource']],
    [require('node:v8').promiseHooks, ['createHook', 'onInit', 'onBefore', 'onAfter', 'onSettled']],
    [
      require('node:v8'),
      ['setFlagsFromString', 'writeHeapSnapshot', 'getHeapSnapshot', 'setHeapSnapshotNearHeapLimit', 'queryObjects'],
    ],
    [require('node:diagnostics_channel'), ['subscribe']],
    [Channel.prototype, ['subscribe', 'bindStore']],
  ];
  for (const [holder, names] of observers) for (const name of names) refuse(holder, name, () => refuseObserver(name));
  // Names that are imported are copies of these.
  syncBuiltinESMExports();
}

function refuse(holder: object, name: string, value: () => never): void {
  if (Object.getOwnPropertyDescriptor(holder, name)?.configurable === false) return;
  Object.defineProperty(holder, name, {value, writable: false, configurable: false});
}

function refuseObserver(name: string): never {
  throw new TypeError(
    `${name}: code that takes part in a run has no access to it, since it reaches into the tool's own work`,
  );
}

function refuseInternals(): never {
  throw new TypeError(
    "process.binding: Node's internals are not there for what takes part in a run; use Node's modules",
  );
}

function refuseFolder(): never {
  throw new TypeError(
    'process.chdir: a run stays in the folder that it was started in; give paths from there, or absolute ones',
  );
}
