import {
  type Entry,
  formOf,
  type HostInputs,
  leavesOf,
  mapTree,
  type NdArray,
  type Program,
  type TrainState,
  type Tree,
  zipTrees,
} from '../../contract/index.js';
import {guardedProgram, type StateGuard} from '../guarded-program.js';
import {requireStateArray} from '../host-arrays.js';
import {arraysWhenAsked} from './arrays-when-asked.js';
import {graphFunctions, tensorflowBackend} from './binding.js';
import {createCalls} from './calls.js';
import {type HostLeaf, hostLeaves, keyOf, withFoldedKeys} from './host-inputs.js';
import {graphsInOneSession} from './one-session/program-graphs.js';
import {picksRows} from './own-operations.js';
import type {EntryToRecord} from './record.js';
import type {ProgramGraphs, RunnableEntry} from './runnable-entry.js';
import {graphsAsSavedModels} from './saved-model/program-graphs.js';
import type {Form} from './trace.js';

/**
 * A program whose entries run as TensorFlow graphs, one call a step. An entry is recorded when it is first run with inputs of
 * these shapes (it is called twice for that, to find what differs between calls); other shapes make another graph.
 * @param initial - copied
 */
export function compileGraph(initial: TrainState<NdArray>, entries: {readonly [name: string]: Entry}): Program {
  return guardedProgram(entries, (guard) => graphProgram(initial, entries, guard));
}

function graphProgram(
  initial: TrainState<NdArray>,
  entries: {readonly [name: string]: Entry},
  guard: StateGuard,
): Program {
  const {template, values} = leavesByNumber(initial);
  const forms = values.map(({shape, dtype}) => ({shape: Object.freeze([...shape]), dtype}));
  const all = forms.map((_, i) => i);
  const graphs = graphsOf(forms, values);
  const areRowsPicked = picksRows(tensorflowBackend().binding);
  const calls = createCalls(guard.lose);
  const runnable = runnableEntries({entries, template, forms, graphs, flush: calls.flush});
  return {
    run(name, inputs) {
      const leaves = hostLeaves(inputs, areRowsPicked);
      const entry = runnable.entryFor(name, inputs, leaves);
      if (entry.trace.changed.length > 0) guard.change();
      return calls.run(entry, withFoldedKeys(leaves, entry.trace.foldedKeys));
    },
    flush: calls.flush,
    read() {
      calls.flush();
      return stateOf(template, graphs.read(all));
    },
    leaves() {
      calls.flush();
      return stateOf(template, arraysWhenAsked(forms, graphs.read));
    },
    write(state) {
      const next = valuesOf(template, forms, state);
      calls.flush();
      try {
        graphs.write(next);
      } catch (error) {
        // It is written in parts.
        guard.lose(error);
        throw error;
      }
    },
    dispose: graphs.dispose,
  };
}

function graphsOf(forms: readonly Form[], values: readonly NdArray[]): ProgramGraphs {
  const {binding} = tensorflowBackend();
  const functions = graphFunctions(binding);
  return functions
    ? graphsInOneSession({binding, functions}, forms, values)
    : graphsAsSavedModels(binding, forms, values);
}

/** The leaves of a state, and its structure with their numbers in their place. */
function leavesByNumber(state: TrainState<NdArray>): {template: Tree<number>; values: NdArray[]} {
  const tree = state as unknown as Tree<NdArray>;
  let number = 0;
  const values = leavesOf(tree).map(({value, path}) => requireStateArray(value, path));
  return {template: mapTree<NdArray, number>(tree, () => number++), values};
}

function stateOf(template: Tree<number>, leaves: readonly NdArray[]): TrainState<NdArray> {
  return mapTree<number, NdArray>(template, (i) => leaves[i]!) as unknown as TrainState<NdArray>;
}

interface RunnableOptions extends Pick<EntryToRecord, 'template' | 'forms'> {
  readonly entries: {readonly [name: string]: Entry};
  readonly graphs: ProgramGraphs;
  /** Runs what was deferred. */
  readonly flush: () => void;
}

/** The entries of a program that are ready to run: one for each name and form of its inputs, prepared when it is first asked for. */
interface RunnableEntries {
  entryFor(name: string, inputs: HostInputs, leaves: readonly HostLeaf[]): RunnableEntry;
}

/** How many entries are kept, at first. More are let go of, all at once; those that are still in use are soon there again. */
export const MOST_ENTRIES = 64;

/** Of how many of those that were let go of it is known that they were there before, should they come again. */
const MOST_REMEMBERED = 1024;

function runnableEntries({entries, graphs, flush, ...state}: RunnableOptions): RunnableEntries {
  const ready = new Map<string, RunnableEntry>();
  const released = new Set<string>();
  let most = MOST_ENTRIES;

  function makeRoom(): void {
    if (ready.size < most) return;
    const comeAgain = [...ready.keys()].filter((key) => released.has(key)).length;
    // With so many in use, they would be evicted and reloaded forever.
    if (comeAgain > most / 2) {
      most *= 2;
      return;
    }
    if (released.size > MOST_REMEMBERED) released.clear();
    for (const key of ready.keys()) released.add(key);
    ready.clear();
    graphs.release();
  }

  return {
    entryFor(name, inputs, leaves) {
      const key = keyOf(name, leaves);
      const known = ready.get(key);
      if (known) return known;
      flush();
      makeRoom();
      const prepared = graphs.prepare({...state, entry: entries[name]!, name, inputs, leaves});
      ready.set(key, prepared);
      return prepared;
    },
  };
}

function valuesOf(template: Tree<number>, forms: readonly Form[], state: TrainState<NdArray>): NdArray[] {
  const values: NdArray[] = [];
  zipTrees(template, state as unknown as Tree<NdArray>, (i: number, given: NdArray, path) => {
    const array = requireStateArray(given, path);
    if (formOf(array) !== formOf(forms[i]!)) throw new Error(`'${path}' is ${formOf(forms[i]!)}, got ${formOf(array)}`);
    values[i] = array;
  });
  return values;
}
