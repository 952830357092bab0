import {types} from 'node:util';
import type {Tensor} from '../contract/index.js';
import {tf} from './tf.js';

/** What tfjs's engine keeps of the operations under way. */
export interface EngineState {
  readonly scopeStack: Scope[];
  activeScope: Scope | null;
  readonly activeTape?: object | null;
  readonly gradientDepth: number;
  readonly profiling: boolean;
  readonly tensorInfo: {get(dataId: object): {readonly backend: unknown} | undefined};
  readonly numDataMovesStack: number[];
  /** Those that have not been freed. */
  readonly numTensors: number;
}

/** The tensors that are freed when it ends. */
interface Scope {
  readonly track: Tensor[];
}

/** Where a backend keeps a tensor's values: its fields by the names that the backends give them. */
interface Storage {
  has(dataId: object): boolean;
  get(dataId: object): object;
}

/** The state of tfjs's engine, which its types leave out. */
export function engineState(): EngineState {
  return (tf.engine() as unknown as {readonly state: EngineState}).state;
}

/**
 * Names what would let other code take part in the next operations, or undefined. The engine hands each operation with its tensors to
 * the tape and to a profile, and each tensor to the scope that it is made in.
 */
export function disturbanceOfState(): string | undefined {
  const {activeTape, gradientDepth, profiling, scopeStack, numDataMovesStack} = engineState();
  if (activeTape || gradientDepth !== 0) return "the engine's tape";
  if (profiling) return "the engine's profile";
  const lists = [scopeStack, numDataMovesStack, ...scopeStack.map(({track}) => track)];
  return lists.every(isPlainList) && scopeStack.every(hasPlainFields) ? undefined : "the engine's list of tensors";
}

/** Whether nothing of the tensor, or of what the engine keeps of it, is computed when it is read, or is a function. */
export function isPlainTensor(tensor: Tensor): boolean {
  const kind = Object.getPrototypeOf(tensor);
  if (types.isProxy(tensor) || (kind !== tf.Tensor.prototype && kind !== tf.Variable.prototype)) return false;
  if (!hasPlainFields(tensor)) return false;
  const {dataId} = tensor as unknown as {readonly dataId: object};
  const [info, stored] = [engineState().tensorInfo.get(dataId), storedAs(dataId)];
  if (info && (!hasPlainFields(info) || info.backend !== tf.backend())) return false;
  return !stored || hasPlainFields(stored);
}

function storedAs(dataId: object): object | undefined {
  const {dataIdMap, tensorMap, data} = tf.backend() as {[name in 'dataIdMap' | 'tensorMap' | 'data']?: Storage};
  const storage = dataIdMap ?? tensorMap ?? data;
  return storage?.has(dataId) ? storage.get(dataId) : undefined;
}

/**
 * Calls what may be a user's function without the scopes that it is called in, and so without their tensors. What it makes is freed
 * when the innermost of them ends.
 */
export function withoutScopes<T>(work: () => T): T {
  const state = engineState();
  const hidden = state.scopeStack.splice(0);
  tf.engine().startScope();
  const {track} = state.activeScope!;
  try {
    return work();
  } finally {
    state.scopeStack.splice(0, state.scopeStack.length, ...hidden);
    state.activeScope = hidden.at(-1) ?? null;
    if (isPlainList(track))
      for (const tensor of track) if (isPlainTensor(tensor)) state.activeScope?.track.push(tensor);
  }
}

/** Whether its methods are those of all arrays, and its elements are there. */
function isPlainList(list: readonly unknown[]): boolean {
  if (types.isProxy(list) || Object.getPrototypeOf(list) !== Array.prototype) return false;
  const names = Reflect.ownKeys(list);
  return (
    names.length === list.length + 1 && names.every((name) => 'value' in Object.getOwnPropertyDescriptor(list, name)!)
  );
}

function hasPlainFields(holder: object): boolean {
  if (types.isProxy(holder)) return false;
  return Reflect.ownKeys(holder).every((name) => {
    const field = Object.getOwnPropertyDescriptor(holder, name)!;
    if (!('value' in field) || typeof field.value === 'function') return false;
    return !Array.isArray(field.value) || isPlainList(field.value);
  });
}
