import type {NdArray, Outputs} from '../../contract/index.js';
import {outputsOf} from '../outputs.js';
import type {Binding} from './binding.js';
import {
  canJoin,
  createInputStacks,
  type DeferredCalls,
  deferCall,
  type InputStacks,
  runDeferred,
} from './deferred-calls.js';
import {type Execution, execute, executionOf, type Runtime} from './execute.js';
import type {HostLeaf} from './host-inputs.js';
import {type GraphSession, REPEATS} from './session.js';
import {createSources} from './sources.js';
import type {Variables} from './variables.js';

/** Longer calls gain little from being batched. */
const MOST_MILLISECONDS = 10;

/** Calls before any is deferred: a short run is over before the graph of several calls has paid for itself. */
export const LEAST_CALLS = 200;

/** Runs sessions, several calls at once where they are short and their outputs are not asked for. */
export interface Calls {
  run(session: GraphSession, leaves: readonly HostLeaf[]): Outputs;
  /** Runs the calls that were deferred. */
  flush(): void;
  dispose(): void;
}

/** What is known of a session's speed. */
interface Speed {
  calls: number;
  /** Of the fastest call. */
  milliseconds: number;
}

export function createCalls(binding: Binding, variables: Variables): Calls {
  const runtime: Runtime = {binding, variables, sources: createSources(binding)};
  const speeds = new WeakMap<GraphSession, Speed>();
  const stacks = new WeakMap<GraphSession, InputStacks>();
  let deferred: DeferredCalls | undefined;

  const runOne = (execution: Execution): ReadonlyMap<string, NdArray> => runTimed(runtime, execution, speeds);

  function flush(): void {
    if (!deferred) return;
    const all = deferred;
    deferred = undefined;
    runDeferred(runtime, all, runOne);
  }

  function defer(session: GraphSession, leaves: readonly HostLeaf[]): Outputs {
    const memory = stacks.get(session) ?? createInputStacks(session, leaves);
    stacks.set(session, memory);
    deferred ??= {session, leaves, calls: [], stacks: memory};
    const outputs = deferCall(deferred, leaves, flush);
    if (deferred.calls.length === REPEATS) flush();
    return outputs;
  }

  return {
    run(session, leaves) {
      if (deferred && !canJoin(deferred, session, leaves)) flush();
      if (isFast(session, speeds.get(session))) return defer(session, leaves);
      const values = runOne(executionOf(session, leaves));
      return outputsOf(() => values);
    },
    flush,
    dispose: runtime.sources.dispose,
  };
}

function isFast({runRepeated}: GraphSession, speed: Speed | undefined): boolean {
  if (!runRepeated || !speed) return false;
  return speed.calls >= LEAST_CALLS && speed.milliseconds <= MOST_MILLISECONDS;
}

function runTimed(
  runtime: Runtime,
  execution: Execution,
  speeds: WeakMap<GraphSession, Speed>,
): ReadonlyMap<string, NdArray> {
  const {session} = execution;
  const speed = speeds.get(session) ?? {calls: 0, milliseconds: Number.POSITIVE_INFINITY};
  speeds.set(session, speed);
  return execute(runtime, execution, (ids) => {
    const began = performance.now();
    const results = session.run(ids);
    speed.calls += 1;
    speed.milliseconds = Math.min(speed.milliseconds, performance.now() - began);
    return results;
  });
}
