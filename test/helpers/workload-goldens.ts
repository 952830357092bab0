import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type HostBatch, type NdArray, sizeOf, type Tree, type Workload} from '../../src/contract/index.js';
import {testBackend} from './cli.js';

/** Values of AlgoPerf's own models: `workload-goldens/README.md` in the folder of the real data says how they were made. */

/** The look of an array: with some of its values, by their flat index. */
export interface Look {
  readonly l2: number;
  readonly sum: number;
  readonly samples: readonly (readonly [index: number, value: number])[];
}

/** A leaf of the parameters or of the model's state: its value at `i` is `offset + factor * r(k, i)`. */
export interface GoldenLeaf {
  readonly path: string;
  readonly shape: readonly number[];
  readonly k: number;
  readonly offset: number;
  readonly factor: number;
  readonly type?: string;
  /** What AlgoPerf's own initialisation gives. */
  readonly init?: {readonly mean: number; readonly std: number};
}

/** What a pass of the model gives. */
export interface GoldenPass {
  readonly logits?: Look & {readonly shape: readonly number[]};
  readonly lossSummed: number;
  readonly nValidExamples: number;
  /** By flat index: all of them, or some. */
  readonly perExample: readonly (readonly [index: number, value: number])[];
  readonly smoothedLossSummed: number;
  /** By the leaf's path. */
  readonly grads: {readonly [path: string]: Look};
  readonly newModelState: {readonly [path: string]: Look};
}

export interface GoldenCase {
  readonly name: string;
  readonly inputs: {readonly [name: string]: unknown};
  readonly train: GoldenPass;
  readonly eval: GoldenPass;
  /** How far AlgoPerf's own float32 gradients are from float64, relative to a leaf's norm: of the worst leaf. */
  readonly gradientError: number;
}

export interface GoldenFile {
  readonly file: string;
  readonly workload: string;
  readonly params: readonly GoldenLeaf[];
  readonly modelState: readonly GoldenLeaf[];
  readonly cases: readonly GoldenCase[];
}

const folder = process.env.ALGOPERF_DATA_DIR && join(process.env.ALGOPERF_DATA_DIR, 'workload-goldens');

/** Engines on which models are compared. In the run of all tests on TensorFlow those on wasm, which take minutes, have had theirs. */
export const goldenBackends = testBackend === 'tensorflow' ? ['tensorflow'] : ['wasm', 'tensorflow'];

/** All files of the folder that hold a model's values; none if there is no such folder. */
export const goldenFiles: readonly string[] =
  folder && existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.json') && isOfModel(join(folder, name)))
        .sort()
    : [];

function isOfModel(path: string): boolean {
  const head = JSON.parse(readFileSync(path, 'utf8'));
  return (
    head.params?.leaves !== undefined && Object.values<{train?: object}>(head.cases ?? {}).some((each) => each.train)
  );
}

/** One of the folder's files. */
export function readGolden(file: string): GoldenFile {
  const {workload, params, model_state, cases, checks} = JSON.parse(readFileSync(join(folder!, file), 'utf8'));
  const gradientError = checks?.float64?.grad_f32_vs_f64_relative_l2_worst_leaf?.[1] ?? 1e-6;
  return {
    file,
    workload,
    params: params.leaves,
    modelState: model_state?.leaves ?? [],
    cases: Object.entries<RawCase>(cases)
      .filter(([, each]) => each.train)
      .map(([name, each]) => ({
        name,
        inputs: each.inputs,
        train: passOf(each.train),
        // A model that is the same in both passes has one.
        eval: passOf(each.eval ?? {...each.train, grads: {}}),
        gradientError,
      })),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as the files have it
type Raw = {readonly [key: string]: any};
type RawCase = {readonly inputs: Raw; readonly train: Raw; readonly eval?: Raw};

function passOf(raw: Raw): GoldenPass {
  const smoothed = 'label_smoothing_0.1';
  const mean = raw[`loss_mean_${smoothed}`];
  return {
    ...(raw.logits?.samples && {logits: {...raw.logits, ...lookOf(raw.logits)}}),
    lossSummed: raw.loss_summed,
    nValidExamples: raw.n_valid_examples,
    perExample: samplesOf(raw.per_example),
    smoothedLossSummed: raw[`loss_summed_with_${smoothed}`] ?? mean * raw.n_valid_examples,
    grads: looksOf(raw.grads),
    newModelState: looksOf(raw.new_model_state),
  };
}

/** Nested lists of all values, or an array with `values` or `samples`. */
function samplesOf(raw: Raw): [index: number, value: number][] {
  if (raw.samples) return raw.samples;
  const values: unknown[] = Array.isArray(raw) ? raw : raw.values;
  return [...values.flat(2).entries()] as [number, number][];
}

function looksOf(raw: Raw = {}): {[path: string]: Look} {
  return Object.fromEntries(Object.entries(raw).map(([path, each]) => [path, lookOf(each)]));
}

function lookOf({l2, sumsq, sum_squares, sum, samples}: Raw): Look {
  return {l2: l2 ?? Math.sqrt(sumsq ?? sum_squares), sum, samples};
}

/** `r(k, i)` of the goldens' hash: a number in [-1, 1). */
export function r(k: number, i: number): number {
  return (word(k, i) / 2 ** 32) * 2 - 1;
}

/** Token numbers `a` to `b` by the goldens' hash. */
export function ids(k: number, shape: readonly number[], a: number, b: number): NdArray {
  const drawn = (i: number): number => a + Math.floor((word(k, i) / 2 ** 32) * (b + 1 - a));
  return {shape, dtype: 'int32', data: Int32Array.from({length: sizeOf(shape)}, (_, i) => drawn(i))};
}

function word(k: number, i: number): number {
  let x = (i + Math.imul(k, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A path of flax's as this project names it: `batch_stats/BatchNorm_0/mean` is `batchNorm0/mean`. */
export function ownPath(path: string): string {
  return path
    .replace(/^batch_stats\//, '')
    .split('/')
    .map((name) =>
      name
        .replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/, (start) => start.toLowerCase())
        .replace(/_(.)/g, (_, next: string) => next.toUpperCase()),
    )
    .join('/');
}

/** A tree of the leaves with the values that the goldens were made with. */
export function filledByHash(leaves: readonly GoldenLeaf[], pathOf: (path: string) => string): Tree<NdArray> {
  const tree: Nested = {};
  for (const {path, shape, k, offset, factor} of leaves) {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = offset + factor * r(k, i);
    const names = pathOf(path).split('/');
    let branch = tree;
    for (const name of names.slice(0, -1)) {
      branch[name] ??= {};
      branch = branch[name] as Nested;
    }
    branch[names.at(-1)!] = {shape, dtype: 'float32', data};
  }
  return tree as Tree<NdArray>;
}

interface Nested {
  [name: string]: Nested | NdArray;
}

/** How a workload's model is given a golden case. */
export interface GoldenWorkload {
  batch(inputs: GoldenCase['inputs'], name: string): HostBatch;
  /** Where a parameter of flax's is, if its name is another one than `ownPath` says. */
  pathOf?(path: string): string;
  /** Those of the logits' values that are compared, where they have another structure; default: the logits themselves. */
  logits?(logits: ReturnType<Workload['modelFn']>['logits']): unknown;
  /** Only TensorFlow has the memory for it. */
  readonly isLarge?: boolean;
  /** Of gradients, where the arithmetic is worse than a few roundings: see the goldens' README. */
  readonly gradientTolerance?: number;
}
