import {existsSync, readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {Json, NdArray, TrainState, Tree} from '../contract/index.js';
import {isTemporary, makeFolder, onDisk, writeWhole} from '../support/index.js';
import {FOLDERS} from './layout.js';
import {decodeSafetensors, encodeSafetensors} from './safetensors.js';

export interface Checkpoint {
  readonly globalStep: number;
  readonly state: TrainState<NdArray>;
  /** What the host needs to go on, as plain data. */
  readonly metadata: Json;
}

export interface KeepRules {
  /** How many of the latest checkpoints stay, at least 1. */
  readonly keepLast: number;
  /** The global step of the one that stays besides, or undefined. */
  readonly best: number | undefined;
}

/** Writes `checkpoints/step-N.safetensors`, whole or not at all, then removes those that need not be kept. */
export function saveCheckpoint(run: string, {globalStep, state, metadata}: Checkpoint, rules: KeepRules): void {
  const folder = join(run, FOLDERS.checkpoints);
  onDisk(folder, () => makeFolder(folder));
  const tensors = state as unknown as Tree<NdArray>;
  // The tree's empty branches have no tensor to stand for them, so the structure is kept beside the tensors.
  const structure = JSON.stringify(structureOf(tensors));
  const text = {format: 'algoperf-ts', structure, run: JSON.stringify(metadata)};
  writeWhole(join(folder, nameOf(globalStep)), encodeSafetensors({tensors, metadata: text}));
  const steps = stepsIn(folder);
  const kept = new Set([...steps.slice(0, rules.keepLast), rules.best]);
  for (const step of steps) if (!kept.has(step)) rmSync(join(folder, nameOf(step)), {force: true});
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

/** The step of the latest checkpoint, whole or not; 0 where there is none. */
export function latestStep(run: string): number {
  return stepsIn(join(run, FOLDERS.checkpoints))[0] ?? 0;
}

/** A tree with every leaf replaced by 0. */
function structureOf(tree: Tree<NdArray>): Json {
  if ('data' in tree && 'shape' in tree) return 0;
  return Object.fromEntries(Object.entries(tree).map(([name, child]) => [name, structureOf(child as Tree<NdArray>)]));
}

export interface FoundCheckpoint {
  readonly checkpoint: Checkpoint | undefined;
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

function readCheckpoint(path: string, globalStep: number): Checkpoint {
  const {tensors, metadata} = decodeSafetensors(readFileSync(path));
  const structure = JSON.parse(metadata.structure!) as Json;
  const state = restored(structure, tensors) as unknown as TrainState<NdArray>;
  return {globalStep, state, metadata: JSON.parse(metadata.run!) as Json};
}

/** The tensors in the structure's order, with its empty branches. */
function restored(structure: Json, tensors: Tree<NdArray>): Tree<NdArray> {
  if (structure === 0) return tensors;
  const branch = tensors as {readonly [name: string]: Tree<NdArray>};
  return Object.fromEntries(
    Object.entries(structure as object).map(([name, child]) => [name, restored(child, branch[name] ?? {})]),
  );
}

/**
 * Clears away what lies beyond a checkpoint: files of killed writes are removed, damaged checkpoints are kept under
 * another name, so that nobody's data is thrown away unasked.
 */
export function clearCheckpoints(run: string, damaged: FoundCheckpoint['damaged']): void {
  const folder = join(run, FOLDERS.checkpoints);
  for (const {path} of damaged) renameSync(path, `${path}.damaged`);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (isTemporary(name)) rmSync(join(folder, name));
}
