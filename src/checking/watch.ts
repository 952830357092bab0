import type {
  Dataset,
  InputQueue,
  NdArray,
  Program,
  StepContext,
  Submission,
  Tree,
  Workload,
} from '../contract/index.js';
import {tensorCount} from '../engine/index.js';
import {differenceOf} from './compare.js';

/** Something that a submission did, with a stack of the place. */
interface Act {
  readonly at: Error;
}

/** Observations of a submission at work. */
export interface Notes {
  /** Reads of the workload's name. */
  readonly names: Act[];
  /** Reads of the evaluation splits. */
  readonly splits: (Act & {readonly split: string})[];
  /** Reads of properties that a function's argument does not have. */
  readonly unknown: (Act & {readonly functionName: string; readonly key: string; readonly known: readonly string[]})[];
  /** Functions that declare more arguments than they get. */
  readonly arguments: {readonly functionName: string; readonly taken: number; readonly given: number}[];
  /** Lengths of the recorded schedules, in steps. */
  readonly drawnSteps: number[];
  /** Number of tensors before each step. */
  readonly tensors: number[];
  /** Called before each step. */
  beforeStep?(): void;
  /** A change by `prepareForEval` that the next step did not revert. */
  notRestored?: string;
  /** How an evaluation was not repeatable or changed the state. */
  changedByEvaluation?: string;
}

export function emptyNotes(): Notes {
  return {names: [], splits: [], unknown: [], arguments: [], drawnSteps: [], tensors: []};
}

/** The number of arguments that the functions get. */
const GIVEN: {readonly [name: string]: number} = {
  getBatchSize: 2,
  initOptimizerState: 1,
  updateParams: 1,
  dataSelection: 1,
  prepareForEval: 1,
  checkConfig: 2,
  userModules: 1,
  checkModules: 2,
};

/**
 * A submission whose functions get arguments that note how they are used. In all else the arguments stay the same, read-only where they
 * were.
 */
export function watchedSubmission(submission: Submission, notes: Notes): Submission {
  noteArguments(submission, notes);
  const watchedWorkload = once((workload: Workload) => watchWorkload(workload, notes));
  const handed = <C extends StepContext>(functionName: string, context: C, program = context.program): C =>
    watchContext({...context, program, workload: watchedWorkload(context.workload)}, functionName, notes);
  let before: Tree<NdArray> | undefined;
  const {getBatchSize, checkConfig, checkModules, prepareForEval} = submission;
  return {
    ...submission,
    getBatchSize: (workload, config) => getBatchSize(watchedWorkload(workload), config),
    ...(checkConfig && {checkConfig: (config, workload) => checkConfig(config, watchedWorkload(workload))}),
    ...(checkModules && {checkModules: (config, workload) => checkModules(config, watchedWorkload(workload))}),
    initOptimizerState: (context) =>
      submission.initOptimizerState(
        watchContext({...context, workload: watchedWorkload(context.workload)}, 'initOptimizerState', notes),
      ),
    dataSelection: (context) =>
      submission.dataSelection(handed<StepContext & {inputQueue: InputQueue}>('dataSelection', context)),
    updateParams(context) {
      notes.beforeStep?.();
      notes.tensors.push(tensorCount());
      const program = before ? restoring(context.program, before, notes) : context.program;
      before = undefined;
      return submission.updateParams(handed('updateParams', context, program));
    },
    ...(prepareForEval && {
      async prepareForEval(context) {
        const {params} = context.program.read();
        await prepareForEval(handed('prepareForEval', context));
        before = params;
      },
    }),
  };
}

function noteArguments(submission: Submission, notes: Notes): void {
  for (const [functionName, given] of Object.entries(GIVEN)) {
    const named = (submission as unknown as {readonly [name: string]: unknown})[functionName];
    const taken = typeof named === 'function' ? named.length : 0;
    if (taken > given) notes.arguments.push({functionName, taken, given});
  }
}

/** Caches results by argument. */
function once<A extends object, B>(make: (from: A) => B): (from: A) => B {
  const made = new WeakMap<A, B>();
  return (from) => {
    if (!made.has(from)) made.set(from, make(from));
    return made.get(from)!;
  };
}

/** Notes reads of its name, but not those of copying `{...workload}`, and of the evaluation splits that it loads. */
function watchWorkload(workload: Workload, notes: Notes): Workload {
  const loadData: Workload['loadData'] = async (dir) => {
    const dataset = await workload.loadData(dir);
    const get = (target: Dataset, key: string | symbol): unknown => {
      if (key === 'validation' || key === 'test') notes.splits.push({split: key, at: new Error('a split')});
      return Reflect.get(target, key);
    };
    return new Proxy(dataset, {get});
  };
  let isCopied = false;
  return new Proxy(Object.freeze({...workload, loadData}), {
    getOwnPropertyDescriptor(target, key) {
      isCopied = key === 'name';
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
    get(target, key) {
      if (key === 'name' && !isCopied) notes.names.push({at: new Error('the name')});
      isCopied = false;
      return Reflect.get(target, key);
    },
  });
}

/** Properties that may be read from any object. */
const ALWAYS = new Set(['saved', 'then', 'toJSON', ...Object.getOwnPropertyNames(Object.prototype)]);

function watchContext<C extends object>(context: C, functionName: string, notes: Notes): C {
  const known = Object.keys(context);
  return new Proxy(Object.freeze(context), {
    get(target, key) {
      if (typeof key === 'string' && !(key in target) && !ALWAYS.has(key))
        notes.unknown.push({functionName, key, known, at: new Error('an argument')});
      return Reflect.get(target, key);
    },
  });
}

/** A program whose first run compares the parameters with those before the evaluation. */
function restoring(program: Program, params: Tree<NdArray>, notes: Notes): Program {
  let isFirst = true;
  const empty = {modelState: {}, optimizer: {}};
  return Object.freeze<Program>({
    ...program,
    run(entry, inputs) {
      if (isFirst) {
        isFirst = false;
        const difference = differenceOf({params, ...empty}, {params: program.read().params, ...empty});
        if (difference !== undefined) notes.notRestored ??= difference;
      }
      return program.run(entry, inputs);
    },
  });
}
