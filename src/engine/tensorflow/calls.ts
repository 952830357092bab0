import {type NdArray, type Outputs, sizeOf, zerosLike} from '../../contract/index.js';
import {outputsOf} from '../outputs.js';
import {type Binding, dtypeOf, type HostData, type TensorInfo} from './binding.js';
import {createTensor, type Fed, type HostLeaf} from './host-inputs.js';
import {type GraphSession, REPEATS} from './session.js';
import {createSources} from './sources.js';
import type {Trace} from './trace.js';
import type {Variables} from './variables.js';

/** Inputs of more bytes are not copied to be kept: what is fed without a copy is fed at once. */
const MOST_KEPT_BYTES = 65_536;

/** Calls that take longer than this have little to gain from being made together. */
const MOST_MILLISECONDS = 10;

/** Calls before any is put off: a short run is over before the graph of several calls has paid for itself. */
const LEAST_CALLS = 200;

/** Runs sessions, several calls at once where they are short and nobody asks for what comes of them. */
export interface Calls {
  run(session: GraphSession, leaves: readonly HostLeaf[]): Outputs;
  /** Does what was put off. */
  flush(): void;
  dispose(): void;
}

/** One call that was put off. */
interface Call {
  values?: ReadonlyMap<string, NdArray>;
  failure?: unknown;
}

/** Calls of one session that were put off. */
interface Waiting {
  readonly session: GraphSession;
  readonly leaves: readonly HostLeaf[];
  readonly calls: Call[];
  /** The inputs of all calls by feed, one after the other; a source stands for itself. */
  readonly stacks: readonly (HostData | undefined)[];
}

/** Whether calls of an entry may be put off, as far as its inputs tell. */
export function canDefer({feeds, changed}: Trace, leaves: readonly HostLeaf[]): boolean {
  const bytes = feeds.map(({leaf, isSource}) => (isSource ? 0 : leaves[leaf]!.fed.data.byteLength));
  return changed.length > 0 && bytes.reduce((sum, each) => sum + each, 0) <= MOST_KEPT_BYTES;
}

export function createCalls(binding: Binding, variables: Variables): Calls {
  const sources = createSources(binding);
  const speeds = new WeakMap<GraphSession, {calls: number; fastest: number}>();
  const stacks = new WeakMap<GraphSession, Waiting['stacks']>();
  let waiting: Waiting | undefined;

  function isFast(session: GraphSession): boolean {
    const {calls = 0, fastest = 0} = speeds.get(session) ?? {};
    return session.runRepeated !== undefined && calls >= LEAST_CALLS && fastest <= MOST_MILLISECONDS;
  }

  function timed(session: GraphSession, run: () => TensorInfo[]): TensorInfo[] {
    const began = performance.now();
    const results = run();
    const {calls, fastest} = speeds.get(session) ?? {calls: 0, fastest: Number.POSITIVE_INFINITY};
    speeds.set(session, {calls: calls + 1, fastest: Math.min(fastest, performance.now() - began)});
    return results;
  }

  /** @param feeds - by feed; undefined for a source */
  function execute(
    session: GraphSession,
    leaves: readonly HostLeaf[],
    feeds: readonly (Fed | undefined)[],
    run: GraphSession['run'],
  ): TensorInfo[] {
    variables.provide(session);
    const ids = session.trace.feeds.map(({leaf}, i) => {
      const fed = feeds[i];
      return fed ? createTensor(binding, fed) : sources.idOf(leaves[leaf]!.source!);
    });
    try {
      const results = run(ids);
      variables.wereChangedBy(session);
      return results;
    } finally {
      ids.forEach((id, i) => {
        if (feeds[i]) binding.deleteTensor(id);
      });
    }
  }

  function runOne(
    session: GraphSession,
    leaves: readonly HostLeaf[],
    feeds: readonly (Fed | undefined)[],
  ): ReadonlyMap<string, NdArray> {
    return readOutputs(
      binding,
      session.trace,
      execute(session, leaves, feeds, (ids) => timed(session, () => session.run(ids))),
    );
  }

  function feedsOf(session: GraphSession, leaves: readonly HostLeaf[]): (Fed | undefined)[] {
    return session.trace.feeds.map(({leaf, isSource}) => (isSource ? undefined : leaves[leaf]!.fed));
  }

  function runWaiting({session, leaves, calls, stacks}: Waiting): void {
    const forms = feedsOf(session, leaves);
    if (calls.length < REPEATS) {
      calls.forEach((call, i) => {
        call.values = runOne(
          session,
          leaves,
          forms.map((form, feed) => form && {...form, data: nthOf(stacks[feed]!, form.shape, i)}),
        );
      });
      return;
    }
    const feeds = forms.map((form, feed) => form && {...form, shape: [REPEATS, ...form.shape], data: stacks[feed]!});
    const stacked = readOutputs(binding, session.trace, execute(session, leaves, feeds, session.runRepeated!));
    calls.forEach((call, i) => {
      call.values = new Map([...stacked].map(([name, value]) => [name, nthValue(value, i)]));
    });
  }

  function flush(): void {
    if (!waiting) return;
    const {calls} = waiting;
    const all = waiting;
    waiting = undefined;
    try {
      runWaiting(all);
    } catch (failure) {
      for (const call of calls) call.failure = failure;
      throw failure;
    }
  }

  /** Their memory serves again and again: when calls are made, nothing of them is kept but copies of their outputs. */
  function stacksOf(session: GraphSession, leaves: readonly HostLeaf[]): Waiting['stacks'] {
    const known = stacks.get(session);
    if (known) return known;
    const made = feedsOf(session, leaves).map((fed) => fed && zerosLike(fed.data, REPEATS * fed.data.length));
    stacks.set(session, made);
    return made;
  }

  function defer(session: GraphSession, leaves: readonly HostLeaf[]): Outputs {
    const call: Call = {};
    waiting ??= {session, leaves, calls: [], stacks: stacksOf(session, leaves)};
    const {calls, stacks} = waiting;
    session.trace.feeds.forEach(({leaf}, feed) => {
      const stack = stacks[feed];
      if (stack) stack.set(leaves[leaf]!.fed.data, calls.length * leaves[leaf]!.fed.data.length);
    });
    calls.push(call);
    if (calls.length === REPEATS) flush();
    return outputsOf(() => {
      if (!call.values && call.failure === undefined) flush();
      if (call.failure !== undefined) throw call.failure;
      return call.values!;
    });
  }

  return {
    run(session, leaves) {
      if (waiting && !(waiting.session === session && haveSameSources(waiting.leaves, leaves))) flush();
      if (isFast(session)) return defer(session, leaves);
      const values = runOne(session, leaves, feedsOf(session, leaves));
      return outputsOf(() => values);
    },
    flush,
    dispose: sources.dispose,
  };
}

function haveSameSources(a: readonly HostLeaf[], b: readonly HostLeaf[]): boolean {
  return a.every(({source}, i) => source === b[i]!.source);
}

function nthOf(stack: HostData, shape: readonly number[], call: number): HostData {
  const size = sizeOf(shape);
  return stack.slice(call * size, (call + 1) * size);
}

function nthValue({shape, dtype, data}: NdArray, call: number): NdArray {
  const own = shape.slice(1);
  return {shape: own, dtype, data: nthOf(data, own, call)};
}

/** Copies what was fetched, at once: an output may share the memory of an input, which the caller goes on using. */
function readOutputs(binding: Binding, {outputs}: Trace, results: readonly TensorInfo[]): ReadonlyMap<string, NdArray> {
  const values = new Map<string, NdArray>();
  results.forEach(({id, shape, dtype}, i) => {
    const {name} = outputs[i]!;
    // What was fetched only because something has to be has no name.
    if (name !== '') values.set(name, {shape, dtype: dtypeOf(dtype), data: binding.tensorDataSync(id)});
    binding.deleteTensor(id);
  });
  return values;
}
