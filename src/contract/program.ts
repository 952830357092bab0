import type {Key} from './key.js';
import type {NdArray} from './ndarray.js';
import type {Tensor} from './tensor.js';
import type {Tree} from './tree.js';

/** What a program's call is given from the host. Numbers become float32 scalars, keys int32 tensors of shape [2]. */
export type HostInput = number | Key | NdArray;

/** Inputs of one call by name; a batch is a tree of arrays. */
export type HostInputs = {readonly [name: string]: Tree<HostInput>};

/** The same inputs as the entry's function sees them. */
// biome-ignore lint/suspicious/noExplicitAny: an entry names the inputs it expects; their structure is known to its caller alone
export type TensorInputs = {readonly [name: string]: any};

/** What changes from step to step and lives in the engine. */
export interface TrainState<T> {
  readonly params: Tree<T>;
  /** Whatever the model keeps beside its parameters (batch statistics); `{}` where it keeps nothing. */
  readonly modelState: Tree<T>;
  readonly optimizer: Tree<T>;
}

/** An entry's result: the state after it, in the structure, shapes and dtypes of the one before, and its outputs by name. */
export interface EntryResult {
  readonly state: TrainState<Tensor>;
  readonly outputs: {readonly [name: string]: Tensor};
}

/**
 * A pure function of tensors, written once and run on every backend: no value is read on the host, nothing is
 * disposed, nothing random but by a key among the inputs. An entry that leaves the state as it is returns the one it got.
 */
export type Entry = (state: TrainState<Tensor>, inputs: TensorInputs) => EntryResult;

/** The outputs of one call. A program may put off the work until one of them is read. */
export interface Outputs {
  /** The value of a scalar output. @throws Error naming the output if there is none of that name or it is not a scalar */
  number(name: string): number;
  /** The values of an output. @throws Error naming the output if there is none of that name */
  array(name: string): NdArray;
  /** The values of all outputs, by name. */
  arrays(): {readonly [name: string]: NdArray};
}

/** A set of entries over one state: how a step runs. */
export interface Program {
  /**
   * Runs an entry, which replaces the state.
   * @throws Error naming the entries there are, if `entry` is none of them
   * @throws SubmissionError naming the input, if one is not of the right form, or its values are not of its dtype
   * @throws Error of the entry or of the engine, if an operation fails; its message begins with the line of the user's that asks for
   * it. The state is then as it was. Where it can't be, since the engine was about to replace it, it is lost: `run`, `read` and
   * `leaves` throw, with the words of this error, until a state is written
   * @throws Error if it is called within an entry, of this program or of another
   */
  run(entry: string, inputs: HostInputs): Outputs;
  /**
   * Runs deferred calls. A program may collect short calls whose outputs have not been read and run them together; reading an
   * output or the state, or replacing the state, does them as well.
   */
  flush(): void;
  /** A copy of the state, on the host. */
  read(): TrainState<NdArray>;
  /**
   * The state as {@link read} gives it, but copied piece by piece, when its `data` is asked for: to write down a state that does not
   * fit into memory twice. Once a run or {@link write} has changed the state, `data` throws.
   */
  leaves(): TrainState<NdArray>;
  /**
   * Replaces the state. The `data` of an array may be computed when it is asked for, of the {@link leaves} before, each of the one in its
   * own place alone.
   * @param state - copied
   * @throws Error if structure, shape or dtype of a leaf differ from the state the program was made with, or its values are not of
   * its dtype
   */
  write(state: TrainState<NdArray>): void;
  /** Frees the state; every other call throws after it. */
  dispose(): void;
}
