import type {ExampleField, NdArray} from '../../contract/index.js';
import type {Fed} from './host-inputs.js';
import type {EntryToRecord} from './record.js';
import type {Trace} from './trace.js';

/** Calls that are run at once, where several are. */
export const REPEATS = 8;

/** What a feed of a trace is given: values, or a source, which is fed as it is. */
export type FeedValue = Fed | ExampleField;

/** Runs an entry's graph on the program's state. @returns its outputs by name, copied */
export type RunEntry = (feeds: readonly FeedValue[]) => ReadonlyMap<string, NdArray>;

/** An entry whose graph is ready to run, for inputs of certain shapes. */
export interface RunnableEntry {
  readonly trace: Pick<Trace, 'feeds' | 'foldedKeys' | 'changed'>;
  readonly run: RunEntry;
  /** The same for `REPEATS` calls at once: inputs and outputs are stacked. Absent where the entry is not fit for it. */
  readonly runRepeated: RunEntry | undefined;
}

/** The graphs of a program's entries, and the state that they share. */
export interface ProgramGraphs {
  /**
   * Records an entry.
   * @throws UserError naming the operation and the line that a graph can't have
   */
  prepare(entry: EntryToRecord): RunnableEntry;
  /** Copies of the values of variables, on the host. */
  read(variables: readonly number[]): NdArray[];
  /** Replaces all values; what is given may be changed afterwards. */
  write(values: readonly NdArray[]): void;
  /** Lets go of all graphs: no entry that was prepared may be run any more. The state stays. */
  release(): void;
  dispose(): void;
}
