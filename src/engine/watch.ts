import {disturbanceOfState, engineState, withoutScopes} from './disturbed.js';
import {libraryModules, lockEngine} from './lock-library.js';
import {tf} from './tf.js';
import {type WasmModule, watchWasmMemory} from './wasm/watch-memory.js';

const ENGINES = ['tensorflow', 'wasm', 'cpu'] as const;

/**
 * Records the parts, settings and modules of the library before an engine is opened.
 * @returns a function that names what was replaced since, or undefined
 */
export function watchLibrary(): () => string | undefined {
  const parts = libraryParts();
  const kept = {
    kernels: ENGINES.map(kernelsOf),
    functions: parts.map(functionsOf),
    settings: settings(),
    modules: libraryModules(),
  };
  return () => {
    const engine = ENGINES.find(
      (name, i) => tf.findBackendFactory(name) !== null || anyChange(kept.kernels[i]!, kernelsOf(name)) !== undefined,
    );
    if (engine !== undefined) return `the engine '${engine}'`;
    for (const [i, functions] of kept.functions.entries()) {
      const name = firstChange(functions, functionsOf(parts[i]!));
      if (name !== undefined) return `the engine's function '${name}'`;
    }
    const setting = anyChange(kept.settings, settings());
    if (setting !== undefined) return `the engine's setting '${setting}'`;
    const module = anyChange(kept.modules, libraryModules());
    return module && `the engine's module ${module}`;
  };
}

/**
 * Locks what the open engine looks things up in, and records what it computes with: its kernels, its parts and their functions, and its
 * memory.
 * @returns a function that names what was replaced since, or undefined
 */
export function watchEngine(): () => string | undefined {
  askForSettings();
  lockEngine(partsOf());
  const [change, memoryChange] = [noteEngine(), watchMemory()];
  return () => change() ?? disturbanceOfState() ?? memoryChange();
}

/**
 * Calls a user's function from within an entry: it finds none of the entry's tensors but those that it is given, and the entry goes on
 * with the engine as it was.
 * @param refuse - called with what of the engine the function has replaced
 */
export function callApart<T>(userFunction: () => T, refuse: (change: string) => never): T {
  const change = noteEngine();
  const result = withoutScopes(userFunction);
  const changed = change() ?? disturbanceOfState();
  return changed === undefined ? result : refuse(changed);
}

/** @returns a function that names what of the open engine's parts was replaced since, or undefined */
function noteEngine(): () => string | undefined {
  const backend = tf.getBackend();
  const parts = partsOf();
  const kept = {
    backend,
    kernels: kernelsOf(backend),
    functions: parts.map(functionsOf),
    accessors: parts.map(accessorsOf),
    settings: settings(),
  };
  return () => {
    if (tf.getBackend() !== kept.backend)
      return `the engine '${kept.backend}' (by '${tf.getBackend()}': a process computes on one at a time)`;
    const kernel = firstChange(kept.kernels, kernelsOf(backend));
    if (kernel !== undefined) return `the engine's operation '${kernel}'`;
    const now = partsOf();
    if (parts.some((part, i) => now[i] !== part)) return 'a part of the engine';
    for (const [i, functions] of kept.functions.entries()) {
      const name = firstChange(functions, functionsOf(parts[i]!));
      if (name !== undefined) return `the engine's function '${name}'`;
      const field = anyChange(kept.accessors[i]!, accessorsOf(parts[i]!));
      if (field !== undefined) return `the engine's field '${field}'`;
    }
    const setting = firstChange(kept.settings, settings());
    return setting && `the engine's setting '${setting}'`;
  };
}

/** Functions, or other values, by name. */
type Functions = ReadonlyMap<string, unknown>;

/** The library's settings that have a value, or a function that gives one: it looks for one when it is first asked for. */
function settings(): Functions {
  const flags = Object.entries(Object.getOwnPropertyDescriptors(tf.env().getFlags()));
  return new Map(flags.map(([name, {value, get = value}]) => [name, get]));
}

/** Gives each setting its value, so that one which is set later is a change. Those of a browser's engines would look for one. */
function askForSettings(): void {
  const {flagRegistry} = tf.env() as unknown as {readonly flagRegistry: {readonly [name: string]: unknown}};
  for (const name of Object.keys(flagRegistry)) {
    if (!OF_BROWSERS.test(name) && !(name in tf.env().getFlags())) getSetting(name);
  }
}

const OF_BROWSERS = /WEBGL|WEBGPU|CANVAS|BROWSER/;

function getSetting(name: string): void {
  try {
    tf.env().get(name);
  } catch {
    // Some can only be waited for; they are looked at where an engine is opened, and never again.
  }
}

function kernelsOf(backend: string): Functions {
  return new Map(tf.getKernelsForBackend(backend).map(({kernelName, kernelFunc}) => [kernelName, kernelFunc]));
}

/** What tensors can do, what gives operations to an engine, and what the settings are asked of. */
function libraryParts(): object[] {
  return [tf.Tensor.prototype, tf.engine(), tf.env()];
}

/** The same, what drives the open engine, and where both of them keep tensors. */
function partsOf(): object[] {
  const {registry} = tf.engine() as unknown as EngineParts;
  const state = engineState();
  const backend = tf.backend() as BackendParts;
  const tables = [backend.dataIdMap, backend.tensorMap, backend.data, backend.binding, backend.wasm?.tfjs];
  const driving = [backend, registry[tf.getBackend()], state, state.tensorInfo, ...tables];
  return [...libraryParts(), ...driving.filter((part) => part !== undefined)];
}

/** What is watched of tfjs's engine. */
interface EngineParts {
  readonly registry: {readonly [backend: string]: object};
}

/** What is watched of its backends: the one for WebAssembly has `wasm`, the one for TensorFlow `binding`. */
interface BackendParts {
  readonly dataIdMap?: object;
  readonly tensorMap?: object;
  readonly data?: object;
  readonly binding?: object;
  readonly wasm?: {readonly tfjs: object} & WasmModule;
}

/** @returns a function that names the memory of WebAssembly if something stands in its place, or undefined */
function watchMemory(): () => string | undefined {
  const {wasm} = tf.backend() as BackendParts;
  if (wasm === undefined) return () => undefined;
  const isOwn = watchWasmMemory(wasm);
  return () => (isOwn() ? undefined : "the engine's memory");
}

/** Functions of an object and of those that it inherits from, the nearest of each name. */
function functionsOf(part: object): Functions {
  const functions = new Map<string, unknown>();
  for (let holder = part; holder && holder !== Object.prototype; holder = Object.getPrototypeOf(holder)) {
    for (const [name, {value}] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (typeof value === 'function' && !functions.has(name)) functions.set(name, value);
    }
  }
  return functions;
}

/** Functions that are called when a field of the object is read or set, by the field's name. */
function accessorsOf(part: object): Functions {
  const fields = Object.entries(Object.getOwnPropertyDescriptors(part));
  return new Map(fields.flatMap(([name, {get, set}]) => (get || set ? [[name, get ?? set]] : [])));
}

/** The name of the first one that was replaced; new ones do not matter, since the tool does not call them. */
function firstChange(before: Functions, after: Functions): string | undefined {
  for (const [name, value] of before) if (after.get(name) !== value) return name;
  return undefined;
}

/** The same, or the name of a new one. */
function anyChange(before: Functions, after: Functions): string | undefined {
  return firstChange(before, after) ?? firstChange(after, before);
}
