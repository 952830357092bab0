import {
  type Entry,
  type HostInputs,
  mapTree,
  type NdArray,
  type Program,
  type TrainState,
  type Tree,
} from '../contract/index.js';
import {OutOfMemoryError, UserError, userPlace} from '../support/index.js';
import {prefixOf} from './tensorflow/place.js';

/** What the parts of a program tell one another about its state. */
export interface StateGuard {
  /** The state is no longer one that a step has left. @param cause - what failed */
  lose(cause: unknown): void;
  /** A run has replaced the state, or a part of it. */
  change(): void;
}

/** The entry that is running, of whichever program. */
let running: string | undefined;

/**
 * A program that is called only when it can be: not within an entry, not once it is disposed of, and not on a state that a run has left
 * half new. What fails within an entry says the user's line first.
 * @param make - gives the program itself
 */
export function guardedProgram(
  entries: {readonly [name: string]: Entry},
  make: (guard: StateGuard) => Program,
): Program {
  let isDisposed = false;
  let failure: {readonly cause: unknown} | undefined;
  let changes = 0;
  const requireOpen = (call: string): void => {
    requireOutsideOfEntry(`a program's ${call}`);
    if (isDisposed) throw new Error(`the program was disposed of: ${call} can't be called any more`);
  };
  const requireState = (call: string): void => {
    requireOpen(call);
    if (failure) throw lostState(failure.cause);
  };
  requireOutsideOfEntry('compile');
  const program = make({
    lose(cause) {
      failure ??= {cause};
    },
    change() {
      changes++;
    },
  });
  return {
    run(name, inputs: HostInputs = {}) {
      requireState('run');
      requireEntry(entries, name);
      return runningEntry(name, () => program.run(name, inputs));
    },
    flush() {
      requireOpen('flush');
      program.flush();
    },
    read() {
      requireState('read');
      return program.read();
    },
    leaves() {
      requireState('leaves');
      const then = changes;
      return arraysWhile(() => {
        requireState('its state');
        if (changes !== then) throw new Error(CHANGED);
      }, program.leaves());
    },
    write(state) {
      requireOpen('write');
      program.write(state);
      failure = undefined;
      changes++;
    },
    dispose() {
      requireOutsideOfEntry("a program's dispose");
      if (!isDisposed) program.dispose();
      isDisposed = true;
    },
  };
}

const CHANGED =
  'the state has changed since `leaves` gave this array: ask for its data before the next run or write, or take a copy by `read`';

/** The same arrays, whose data can be asked for while `requireGood` does not throw. */
function arraysWhile(requireGood: () => void, state: TrainState<NdArray>): TrainState<NdArray> {
  const guarded = (array: NdArray): NdArray => ({
    shape: array.shape,
    dtype: array.dtype,
    get data() {
      requireGood();
      return array.data;
    },
  });
  return mapTree<NdArray, NdArray>(state as unknown as Tree<NdArray>, guarded) as unknown as TrainState<NdArray>;
}

function requireOutsideOfEntry(call: string): void {
  if (running === undefined) return;
  throw new Error(
    `${call} can't be called within an entry, here '${running}': its operations are one step of one program`,
  );
}

function lostState(cause: unknown): Error {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new Error(
    `a run has failed and may have left a part of the state new and the rest old: write a whole state, or dispose of the program. It failed with: ${words}`,
    {cause},
  );
}

function requireEntry(entries: {readonly [name: string]: Entry}, name: string): void {
  if (!Object.hasOwn(entries, name))
    throw new Error(`there is no entry '${name}', only ${Object.keys(entries).join(', ')}`);
  if (typeof entries[name] !== 'function') throw new Error(`entry '${name}' is not a function`);
}

function runningEntry<T>(name: string, run: () => T): T {
  running = name;
  try {
    return run();
  } catch (error) {
    throw withPlace(error);
  } finally {
    running = undefined;
  }
}

/** The same error; unless it has its place already, its message begins with the line of the user's that it came from. */
function withPlace(error: unknown): unknown {
  const isPlaced = error instanceof UserError && !(error instanceof OutOfMemoryError);
  if (!(error instanceof Error) || isPlaced || Object.isFrozen(error)) return error;
  const prefix = prefixOf(userPlace(error));
  if (!error.message.startsWith(prefix)) error.message = prefix + error.message;
  return error;
}
