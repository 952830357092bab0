import type {ExampleField, NdArray} from '../../../contract/index.js';
import type {GraphOutput} from '../assemble.js';
import {dtypeOf, type HostData} from '../binding.js';
import {canDefer} from '../deferred-calls.js';
import {withFoldedKeys} from '../host-inputs.js';
import {usesOwnOperations} from '../own-operations.js';
import type {EntryToRecord} from '../record.js';
import {releasingPages} from '../releasing-pages.js';
import {REPEATS, type RunEntry, type RunnableEntry} from '../runnable-entry.js';
import type {Feed} from '../trace.js';
import {repeatedGraph} from '../unrolled.js';
import {explained} from './failure.js';
import {type Recorded, type RecordingSession, recordInto} from './recording.js';
import type {Sources} from './sources.js';

export interface EntrySession extends RecordingSession {
  readonly sources: Sources;
}

/** Makes an entry a part of the session's graph, ready to run. */
export function prepareEntry(into: EntrySession, entry: EntryToRecord): RunnableEntry {
  const recorded = recordInto(into, entry);
  const {feeds, foldedKeys, changed, outputs} = recorded.trace;
  const leaves = withFoldedKeys(entry.leaves, foldedKeys);
  const ends = {feeds: feeds.map((feed) => ({...feed, shape: leaves[feed.leaf]!.fed.shape})), outputs};
  return {
    trace: {feeds, foldedKeys, changed},
    run: runner(into, recorded, ends),
    runRepeated: canDefer(recorded.trace, leaves, entry.forms) ? repeatedRunner(into, recorded, ends) : undefined,
  };
}

/** What goes into a graph and comes out of it. */
interface Ends {
  readonly feeds: readonly (Feed & {readonly shape: readonly number[]})[];
  readonly outputs: readonly GraphOutput[];
}

function runner({binding, functions, session, sources}: EntrySession, recorded: RunnablePart, ends: Ends): RunEntry {
  const {part, replay} = recorded;
  const named = ends.outputs.filter(({name}) => name !== '');
  const prepared = functions.prepareRun(session, {
    feeds: ends.feeds.map(({node, shape}) => ({node: part.nameOf(node), shape})),
    fetches: named.map(({node}) => part.nameOf(node)),
    targets: ends.outputs.filter(({name}) => name === '').map(({node}) => part.nameOf(node)),
    copies: false,
  });
  let isFirst = true;
  return (values) => {
    const fed = values.map((value, i) => (ends.feeds[i]!.isSource ? sources(value as ExampleField) : value.data));
    const call = (): HostData[] => functions.callRun(prepared, fed);
    try {
      const results = isFirst ? releasingPages(binding, call) : call();
      isFirst = false;
      return new Map(named.map((output, i) => [output.name, arrayOf(output, results[i]!)]));
    } catch (failure) {
      throw explained(failure as Error, replay);
    }
  };
}

type RunnablePart = Pick<Recorded, 'part' | 'replay'>;

function arrayOf({dtype, shape}: GraphOutput, data: HostData): NdArray {
  return {shape: [...shape], dtype: dtypeOf(dtype), data};
}

/** The graph of so many calls takes long to make, and few programs get to it: it joins the session's when it is first run. */
function repeatedRunner(into: EntrySession, {trace, part, replay}: Recorded, ends: Ends): RunEntry {
  let run: RunEntry | undefined;
  const prepare = (): RunEntry => {
    const {nodes, feeds, outputs} = repeatedGraph(trace, REPEATS, usesOwnOperations(into.binding));
    part.addAll(nodes);
    return runner(
      into,
      {part, replay},
      {
        feeds: ends.feeds.map((feed, i) => ({...feed, node: feeds[i]!, shape: [REPEATS, ...feed.shape]})),
        outputs: ends.outputs.map((output, i) => ({...output, node: outputs[i]!, shape: [REPEATS, ...output.shape]})),
      },
    );
  };
  return (values) => {
    run ??= prepare();
    return run(values);
  };
}
