import type {NdArray, Outputs} from '../../contract/index.js';
import {outputsOf} from '../outputs.js';
import {
  canJoin,
  createInputStacks,
  type DeferredCalls,
  deferCall,
  type Execution,
  executionOf,
  type InputStacks,
  runDeferred,
} from './deferred-calls.js';
import type {HostLeaf} from './host-inputs.js';
import {REPEATS, type RunnableEntry} from './runnable-entry.js';
import {withoutStatus} from './status.js';

/** Longer calls gain little from being batched. */
const MOST_MILLISECONDS = 10;

/** Calls before any is deferred: a short run is over before the graph of several calls has paid for itself. */
export const LEAST_CALLS = 200;

/** Runs entries, several calls at once where they are short and their outputs are not asked for. */
export interface Calls {
  run(entry: RunnableEntry, leaves: readonly HostLeaf[]): Outputs;
  /** Runs the calls that were deferred. */
  flush(): void;
}

/** What is known of an entry's speed. */
interface Speed {
  calls: number;
  /** Of the fastest call. */
  milliseconds: number;
}

/** @param lose - told of what fails while it changes the state */
export function createCalls(lose: (cause: unknown) => void): Calls {
  const speeds = new WeakMap<RunnableEntry, Speed>();
  const stacks = new WeakMap<RunnableEntry, InputStacks>();
  let deferred: DeferredCalls | undefined;

  const runOne = (execution: Execution): ReadonlyMap<string, NdArray> => runTimed(execution, speeds);

  function losing<T>({trace}: RunnableEntry, run: () => T): T {
    try {
      return run();
    } catch (thrown) {
      const failure = withoutStatus(thrown as Error);
      // TensorFlow assigns variables in any order: some may have their new values.
      if (trace.changed.length > 0) lose(failure);
      throw failure;
    }
  }

  function flush(): void {
    if (!deferred) return;
    const all = deferred;
    deferred = undefined;
    losing(all.entry, () => runDeferred(all, runOne));
  }

  function defer(entry: RunnableEntry, leaves: readonly HostLeaf[]): Outputs {
    const memory = stacks.get(entry) ?? createInputStacks(entry, leaves);
    stacks.set(entry, memory);
    deferred ??= {entry, leaves, calls: [], stacks: memory};
    const outputs = deferCall(deferred, leaves, flush);
    if (deferred.calls.length === REPEATS) flush();
    return outputs;
  }

  return {
    run(entry, leaves) {
      if (deferred && !canJoin(deferred, entry, leaves)) flush();
      if (isFast(entry, speeds.get(entry))) return defer(entry, leaves);
      const values = losing(entry, () => runOne(executionOf(entry, leaves)));
      return outputsOf(() => values);
    },
    flush,
  };
}

function isFast({runRepeated}: RunnableEntry, speed: Speed | undefined): boolean {
  if (!runRepeated || !speed) return false;
  return speed.calls >= LEAST_CALLS && speed.milliseconds <= MOST_MILLISECONDS;
}

function runTimed({entry, feeds}: Execution, speeds: WeakMap<RunnableEntry, Speed>): ReadonlyMap<string, NdArray> {
  const speed = speeds.get(entry) ?? {calls: 0, milliseconds: Number.POSITIVE_INFINITY};
  speeds.set(entry, speed);
  const began = performance.now();
  const results = entry.run(feeds);
  speed.calls += 1;
  speed.milliseconds = Math.min(speed.milliseconds, performance.now() - began);
  return results;
}
