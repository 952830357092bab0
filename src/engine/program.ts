import {
  type Entry,
  type EntryResult,
  formOf,
  type HostInput,
  type HostInputs,
  leavesOf,
  mapTree,
  type NdArray,
  type Program,
  type Tensor,
  type TrainState,
  type Tree,
  zipTrees,
} from '../contract/index.js';
import {UserError} from '../support/index.js';
import {isPlainTensor} from './disturbed.js';
import {isArrayInput, requireLeaf, requireOutput, requireResult, zipState} from './entry-result.js';
import {guardedProgram, type StateGuard} from './guarded-program.js';
import {requireStateArray} from './host-arrays.js';
import {outputsOf} from './outputs.js';
import {unreadRowsOf} from './rows.js';
import {withLongStacks} from './tensorflow/place.js';
import {tf} from './tf.js';
import {tensorOfRows} from './wasm/rows.js';

/**
 * A program whose entries run op by op on the current backend. The tensors of a call are freed when it returns, except the new
 * state.
 * @param initial - copied
 */
export function compileEager(initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}): Program {
  return guardedProgram(entries, (guard) => eagerProgram(initial, entries, guard));
}

function eagerProgram(
  initial: TrainState<NdArray>,
  entries: {readonly [name: string]: Entry},
  guard: StateGuard,
): Program {
  let state = toTensors(initial);
  let held = new Set(tensorsOf(state));
  return {
    run(name, inputs) {
      const kept = new Set<Tensor>();
      const call = () => checked(entries[name]!(state, inputTensors(inputs)), {entry: name, state, kept});
      const result = losingState(guard, held, () =>
        withLongStacks(() => tf.tidy(call as never) as unknown as EntryResult),
      );
      const values = new Map(Object.entries(result.outputs).map(([output, tensor]) => [output, toHost(tensor)]));
      for (const tensor of [...held, ...Object.values(result.outputs)]) {
        if (!kept.has(tensor) && !tensor.isDisposed) tensor.dispose();
      }
      if (!areSame(tensorsOf(result.state), tensorsOf(state))) guard.change();
      state = result.state;
      held = kept;
      return outputsOf(() => values);
    },
    flush() {},
    read: () => mapTree<Tensor, NdArray>(state as unknown as Tree<Tensor>, toHost) as unknown as TrainState<NdArray>,
    leaves: () =>
      mapTree<Tensor, NdArray>(state as unknown as Tree<Tensor>, whenAsked) as unknown as TrainState<NdArray>,
    write(next) {
      zipTrees<Tensor, NdArray, void>(
        state as unknown as Tree<Tensor>,
        next as unknown as Tree<NdArray>,
        requireSameForm,
      );
      const tensors = toTensors(next); // it may be made of the old ones, when its values are asked for
      tf.dispose([...held]);
      state = tensors;
      held = new Set(tensorsOf(state));
    },
    dispose: () => tf.dispose([...held]),
  };
}

/** What an entry was given, and what gets the tensors of its new state. */
interface Call {
  readonly entry: string;
  readonly state: TrainState<Tensor>;
  readonly kept: Set<Tensor>;
}

/**
 * What an entry gave.
 * @throws SubmissionError if its state has another form than the one it got
 */
function checked(given: EntryResult, {entry, state, kept}: Call): EntryResult {
  const result = requireResult(given, entry);
  zipState<Tensor>(state as unknown as Tree<Tensor>, result, entry, (form, after, path) => {
    kept.add(requireLeaf(after, {entry, path, form}));
  });
  for (const [name, output] of Object.entries(result.outputs)) requireOutput(output, entry, name);
  return result;
}

function tensorsOf(state: TrainState<Tensor>): Tensor[] {
  return leavesOf<Tensor>(state as unknown as Tree<Tensor>).map(({value}) => value);
}

function areSame(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  return a.every((tensor, i) => tensor === b[i]);
}

/** Calls `run`. A state that it fails to keep, by disposing of a tensor of it, is lost. */
function losingState<T>(guard: StateGuard, held: ReadonlySet<Tensor>, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if ([...held].some(({isDisposed}) => isDisposed)) guard.lose(error);
    throw error;
  }
}

function requireSameForm(tensor: Tensor, given: NdArray, path: string): void {
  const array = requireStateArray(given, path);
  if (formOf(tensor) !== formOf(array)) throw new Error(`'${path}' is ${formOf(tensor)}, got ${formOf(array)}`);
}

/** Copies: the caller may change its arrays afterwards. */
function toTensors(state: TrainState<NdArray>): TrainState<Tensor> {
  const copy = (given: NdArray, path: string): Tensor => {
    const {data, shape, dtype} = requireStateArray(given, path);
    return tf.tensor(data.slice(), [...shape], dtype);
  };
  return mapTree<NdArray, Tensor>(state as unknown as Tree<NdArray>, copy) as unknown as TrainState<Tensor>;
}

function inputTensors(inputs: HostInputs): {[name: string]: Tree<Tensor>} {
  const tensors: {[name: string]: Tree<Tensor>} = {};
  for (const name in inputs) tensors[name] = mapTree<HostInput, Tensor>(inputs[name]!, inputTensor, name);
  return tensors;
}

function inputTensor(input: HostInput, path: string): Tensor {
  if (typeof input === 'number') return tf.scalar(input);
  if (!isArrayInput(input, path)) return tf.tensor1d(Int32Array.of(input[0], input[1]), 'int32');
  const rows = tf.getBackend() === 'wasm' ? unreadRowsOf(input) : undefined;
  return rows ? tensorOfRows(input, rows) : tf.tensor(input.data, input.shape as number[], input.dtype);
}

function whenAsked(tensor: Tensor): NdArray {
  return {
    shape: [...tensor.shape],
    dtype: tensor.dtype as NdArray['dtype'],
    get data() {
      return toHost(tensor).data;
    },
  };
}

/** @throws UserError if other code would run when the tensor is read */
function toHost(tensor: Tensor): NdArray {
  if (!isPlainTensor(tensor))
    throw new UserError(
      'a tensor of the program was given fields or methods of its own: its values can only be read without',
    );
  // A copy: the cpu backend hands out its own memory.
  return {
    shape: [...tensor.shape],
    dtype: tensor.dtype as NdArray['dtype'],
    data: tensor.dataSync().slice() as NdArray['data'],
  };
}
