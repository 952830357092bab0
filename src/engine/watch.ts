import {tf} from './tf.js';

const ENGINES = ['tensorflow', 'wasm', 'cpu'] as const;

/** The engines that somebody has registered, by the names of the tool's own. */
export function registeredEngines(): string[] {
  return ENGINES.filter((name) => tf.findBackendFactory(name) !== null);
}

/** Makes the operations, as a submission and the tool itself call them by name, read-only. */
export function lockOperations(): void {
  Object.freeze(tf);
}

/**
 * Keeps what the open engine computes with: its kernels, and the functions of its parts.
 * @returns a function that names what of it has been replaced since; undefined where nothing has
 */
export function watchEngine(): () => string | undefined {
  const backend = tf.getBackend();
  const kept = {backend, kernels: kernelsOf(backend), functions: partsOf().map(functionsOf)};
  return () => {
    if (tf.getBackend() !== kept.backend) return `the engine '${kept.backend}' (it is '${tf.getBackend()}')`;
    const kernel = firstChange(kept.kernels, kernelsOf(backend));
    if (kernel !== undefined) return `the engine's operation '${kernel}'`;
    const parts = partsOf();
    for (const [i, functions] of kept.functions.entries()) {
      const name = firstChange(functions, functionsOf(parts[i]!));
      if (name !== undefined) return `the engine's function '${name}'`;
    }
    return undefined;
  };
}

type Functions = ReadonlyMap<string, unknown>;

function kernelsOf(backend: string): Functions {
  return new Map(tf.getKernelsForBackend(backend).map(({kernelName, kernelFunc}) => [kernelName, kernelFunc]));
}

/** What tensors can do, the engine, and what drives it. */
function partsOf(): object[] {
  const backend = tf.backend() as {readonly binding?: object};
  return [tf.Tensor.prototype, tf.engine(), backend, ...(backend.binding ? [backend.binding] : [])];
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

/** The name of the first one that is another now; what has come new is nothing that the tool calls. */
function firstChange(before: Functions, after: Functions): string | undefined {
  for (const [name, value] of before) if (after.get(name) !== value) return name;
  return undefined;
}
