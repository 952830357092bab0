import {existsSync, readdirSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {escapedName, isBranch, type Json, type NdArray, type TrainState, type Tree} from '../contract/index.js';
import {isTemporary, makeFolder, onDisk} from '../support/index.js';
import type {FileHashes} from './file-hashes.js';
import {FOLDERS} from './layout.js';
import {type NamedTensor, readChecksum, readSafetensors, writeSafetensors} from './safetensors.js';

/** A moment of a run, to continue from. */
export interface Checkpoint {
  readonly globalStep: number;
  /** Whose leaves may be copied when their data is asked for, as a program's. */
  readonly state: TrainState<NdArray>;
  /** The parameters that are evaluated, where they are others than those that are trained. */
  readonly evalParams?: Tree<NdArray> | undefined;
  /** What the host needs to continue, as plain data. */
  readonly metadata: Json;
}

/** A checkpoint that was read. */
export interface ReadCheckpoint extends Omit<Checkpoint, 'state' | 'evalParams'> {
  /** Of its content, as {@link checkpointSums} has it. */
  readonly sha256: string;
  /** Hands the state over, once: a run need not keep a copy of where it began. @throws Error the second time */
  takeState(): TrainState<NdArray>;
  /** Hands the model over as it is evaluated, in place of the state. @throws Error the second time */
  takeEvaluated(): EvaluatedModel;
}

/** The parameters and the model state that are evaluated, on the host. */
export type EvaluatedModel = Pick<TrainState<NdArray>, 'params' | 'modelState'>;

export interface KeepRules {
  /** How many of the latest checkpoints stay, at least 1; Infinity: all. */
  readonly keepLast: number;
  /** The global steps of those that are kept in addition. */
  readonly others: readonly number[];
}

/**
 * Writes `checkpoints/step-N.safetensors`, whole or not at all, then removes those that need not be kept.
 * @returns its SHA-256, by its name, as {@link checkpointSums} has it
 */
export function saveCheckpoint(run: string, checkpoint: Checkpoint, rules: KeepRules): FileHashes {
  const {globalStep, state, evalParams, metadata} = checkpoint;
  const folder = join(run, FOLDERS.checkpoints);
  onDisk(folder, () => makeFolder(folder));
  const tensors: NamedTensor[] = [];
  // Empty branches have no tensor to stand for them, so the structure is kept beside the tensors.
  const kept = {...state, ...(evalParams !== undefined && {evalParams})};
  const structure = JSON.stringify(structureOf(kept as unknown as Tree<NdArray>, [], tensors));
  const text = {format: 'algoperf-ts', structure, run: JSON.stringify(metadata)};
  const sum = writeSafetensors(join(folder, nameOf(globalStep)), {tensors, metadata: text});
  keepCheckpoints(run, rules);
  return {[nameOf(globalStep)]: sum};
}

/** Removes the checkpoints that need not be kept. */
export function keepCheckpoints(run: string, {keepLast, others}: KeepRules): void {
  const folder = join(run, FOLDERS.checkpoints);
  const steps = stepsIn(folder);
  const staying = new Set([...steps.slice(0, keepLast), ...others]);
  for (const step of steps) if (!staying.has(step)) rmSync(join(folder, nameOf(step)), {force: true});
}

function nameOf(globalStep: number): string {
  return `step-${globalStep}.safetensors`;
}

/** The steps of which there is a checkpoint, the latest first. */
function stepsIn(folder: string): number[] {
  if (!existsSync(folder)) return [];
  const steps = readdirSync(folder).flatMap((name) => name.match(/^step-(\d+)\.safetensors$/)?.[1] ?? []);
  return steps.map(Number).sort((a, b) => b - a);
}

/** The steps of which a run has a checkpoint, whole or not, the earliest first. */
export function checkpointSteps(run: string): number[] {
  return stepsIn(join(run, FOLDERS.checkpoints)).reverse();
}

/** The SHA-256 that each checkpoint has in its metadata, of all its content, by the file's name; one that can't be read has none. */
export function checkpointSums(run: string): FileHashes {
  const names = checkpointSteps(run).map(nameOf);
  return Object.fromEntries(
    names.flatMap((name) => {
      const sum = readChecksum(join(run, FOLDERS.checkpoints, name));
      return sum === undefined ? [] : [[name, sum]];
    }),
  );
}

/**
 * The checkpoint of a step.
 * @param sums - what {@link checkpointSums} was when the run had written it; default: it may be any
 * @throws Error saying what is wrong with it
 */
export function readCheckpointAt(run: string, globalStep: number, sums?: FileHashes): ReadCheckpoint {
  const name = nameOf(globalStep);
  const checkpoint = readCheckpoint(join(run, FOLDERS.checkpoints, name), globalStep);
  if (sums && checkpoint.sha256 !== sums[name]) throw new Error('it is not the one that the run has written');
  return checkpoint;
}

/** The step of the latest checkpoint, whole or not; 0 where there is none. */
export function latestStep(run: string): number {
  return stepsIn(join(run, FOLDERS.checkpoints))[0] ?? 0;
}

/**
 * A tree with every leaf replaced by 0; the leaves themselves are added to `tensors`.
 * @param names - those that lead to the tree
 */
function structureOf(tree: Tree<NdArray>, names: readonly string[], tensors: NamedTensor[]): Json {
  if (isBranch(tree)) {
    const children = Object.entries(tree);
    return Object.fromEntries(children.map(([name, child]) => [name, structureOf(child, [...names, name], tensors)]));
  }
  tensors.push({name: tensorName(names), array: tree as NdArray});
  return 0;
}

/** Names joined by `/`: no two leaves share one. */
function tensorName(names: readonly string[]): string {
  return names.map(escapedName).join('/');
}

export interface FoundCheckpoint {
  readonly checkpoint: ReadCheckpoint | undefined;
  /** Newer ones that are damaged, and how. */
  readonly damaged: readonly {readonly path: string; readonly reason: string}[];
}

/** The latest checkpoint that is whole. */
export function latestCheckpoint(run: string): FoundCheckpoint {
  const folder = join(run, FOLDERS.checkpoints);
  const damaged: {path: string; reason: string}[] = [];
  for (const step of stepsIn(folder)) {
    const path = join(folder, nameOf(step));
    try {
      return {checkpoint: readCheckpoint(path, step), damaged};
    } catch (error) {
      damaged.push({path, reason: (error as Error).message});
    }
  }
  return {checkpoint: undefined, damaged};
}

function readCheckpoint(path: string, globalStep: number): ReadCheckpoint {
  const {tensors, metadata, sha256} = readSafetensors(path);
  const {structure, run} = metadata;
  if (structure === undefined || run === undefined) throw new Error('its metadata is not that of a checkpoint');
  const leaves = new Map(tensors.map(({name, array}) => [name, array]));
  let whole: Tree<NdArray> | undefined = restored(JSON.parse(structure), [], leaves);
  const take = () => {
    if (whole === undefined) throw new Error('the state of the checkpoint was taken already');
    const taken = whole as unknown as TrainState<NdArray> & Pick<Checkpoint, 'evalParams'>;
    whole = undefined;
    return taken;
  };
  return {
    globalStep,
    sha256,
    metadata: JSON.parse(run),
    takeState() {
      const {evalParams: _, ...state} = take();
      return state;
    },
    takeEvaluated() {
      const {params, modelState, evalParams = params} = take();
      return {params: evalParams, modelState};
    },
  };
}

/** The tensors in the structure's order, with its empty branches. */
function restored(structure: Json, names: readonly string[], leaves: ReadonlyMap<string, NdArray>): Tree<NdArray> {
  if (structure === 0) {
    const leaf = leaves.get(tensorName(names));
    if (leaf === undefined) throw new Error(`its tensor '${tensorName(names)}' is missing`);
    return leaf;
  }
  const children = Object.entries(structure as {[name: string]: Json});
  return Object.fromEntries(children.map(([name, child]) => [name, restored(child, [...names, name], leaves)]));
}

/**
 * Clears away what lies beyond a checkpoint: files of killed writes are removed, damaged checkpoints are kept under
 * another name, so that no data is deleted without being asked for.
 */
export function clearCheckpoints(run: string, damaged: FoundCheckpoint['damaged']): void {
  const folder = join(run, FOLDERS.checkpoints);
  for (const {path} of damaged) renameSync(path, `${path}.damaged`);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (isTemporary(name)) rmSync(join(folder, name));
}
