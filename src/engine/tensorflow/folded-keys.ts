import type {Binding, TensorInfo} from './binding.js';
import {foldInOperations} from './fold-in-operations.js';
import type {GraphBuilder} from './graph-builder.js';
import {attribute, dataTypes} from './graph-def.js';
import type {GraphRecorder, GraphValue} from './graph-recorder.js';

/** A key that an entry folds out of one among its inputs. The host folds it before each call, and the graph is fed it. */
export interface FoldedKey {
  /** Number of the inputs' leaf that holds the key it begins with. */
  readonly leaf: number;
  /** What is folded into that key, in this order. */
  readonly numbers: readonly number[];
}

export interface KeyFolding {
  readonly recorder: GraphRecorder;
  readonly builder: GraphBuilder;
  /** The inputs' leaves that are keys: their numbers, and the ids of the tensors that hold them. */
  readonly keys: readonly {readonly leaf: number; readonly id: number}[];
  /** The name of the placeholder of the `i`-th folded key. */
  placeholder(i: number): string;
}

/**
 * Lets a recording fold keys. Threefry is some 150 operations on scalars, more than all else that a small model does in a step,
 * and nothing for the host: so what follows from an input alone is computed there. A key of the state, or one that is
 * computed in the entry, is folded by operations of the graph.
 * @returns the keys that the host has to fold; complete once the entry was recorded
 */
export function foldKeysWhileRecording({recorder, builder, keys, placeholder}: KeyFolding): readonly FoldedKey[] {
  const {binding} = recorder;
  const folded: FoldedKey[] = [];
  const known = new Map<GraphValue, FoldedKey>();
  const values = new Map<string, GraphValue>();
  for (const {leaf, id} of keys) known.set(recorder.valueFor(id, 'foldIn'), {leaf, numbers: []});

  function placeholderFor(key: FoldedKey): GraphValue {
    const name = `${key.leaf} ${key.numbers}`;
    const present = values.get(name);
    if (present) return present;
    const attributes = {dtype: attribute.type(dataTypes.int32), shape: attribute.shape([2])};
    const ref = builder.add('Placeholder', [], attributes, placeholder(folded.length));
    const value = {ref, dtype: dataTypes.int32, shape: [2], isInput: true, sharesInput: true};
    folded.push(key);
    values.set(name, value);
    known.set(value, key);
    return value;
  }

  function foldIn(id: number, n: number): TensorInfo {
    const key = known.get(recorder.valueFor(id, 'foldIn'));
    if (!key) return foldInOperations(binding, id, n);
    const value = placeholderFor({leaf: key.leaf, numbers: [...key.numbers, n]});
    return definedAs(recorder, value);
  }

  Object.assign(binding, {foldIn} satisfies Partial<Binding>);
  return folded;
}

/** A tensor that stands for a value of the graph while it is recorded, when only shapes matter. */
function definedAs({binding, define}: GraphRecorder, value: GraphValue): TensorInfo {
  const id = binding.createTensor(value.shape, value.dtype, new Int32Array(2));
  define(id, value);
  return {id, dtype: value.dtype, shape: value.shape};
}
