import {
  type Binding,
  type DrawFunctions,
  type GraphFunctions,
  tensorflowBackend,
} from '../src/engine/tensorflow/index.js';

/** TensorFlow's addon as the engine calls it. */
export type Addon = Binding & GraphFunctions & DrawFunctions;

/** Functions of the addon; undefined: it has none. */
export type AddonMembers = {readonly [name in keyof Addon]?: Addon[name] | undefined};

/** Puts other functions in the place of the addon's. @returns what puts back the addon's own */
export function replaceBinding(members: (own: Addon) => AddonMembers): () => void {
  const backend = tensorflowBackend();
  const own = backend.binding as Addon;
  // Members that are not enumerable would be lost by spreading.
  const descriptors = [own, members(own)].map((each) => Object.getOwnPropertyDescriptors(each));
  backend.binding = Object.defineProperties({}, Object.assign({}, ...descriptors)) as Binding;
  return () => {
    backend.binding = own;
  };
}

/** Calls `run` with other functions in the addon's place. */
export function withBinding<T>(members: (own: Addon) => AddonMembers, run: () => T): T {
  const putBack = replaceBinding(members);
  try {
    return run();
  } finally {
    putBack();
  }
}

/** TensorFlow that sees a GPU, as far as the engine asks it. It computes where it did before. */
export const pretendedGpu = (): AddonMembers => ({isUsingGpuDevice: () => true});
