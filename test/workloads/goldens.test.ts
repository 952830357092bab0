import {beforeAll, describe, expect, test} from 'vitest';
import {
  type Entry,
  leavesOf,
  type NdArray,
  type ParameterType,
  type Tensor,
  type Tree,
  type Workload,
} from '../../src/contract/index.js';
import {compile, lossAndGradients, openEngine, tf} from '../../src/engine/index.js';
import {loadWorkload, workloadNames} from '../../workloads/index.js';
import {goldenWorkloads} from '../helpers/golden-workloads.js';
import {hasTensorflow, onTensorflow} from '../helpers/tensorflow.js';
import {
  filledByHash,
  type GoldenCase,
  type GoldenFile,
  type GoldenLeaf,
  type GoldenPass,
  type GoldenWorkload,
  goldenBackends,
  goldenFiles,
  type Look,
  ownPath,
  readGolden,
} from '../helpers/workload-goldens.js';

// Each workload's model against AlgoPerf's own, for every golden file in the folder of the real data.

/** Relative; both sides are single precision. */
const VALUE_TOLERANCE = 1e-5;

type Pass = 'train' | 'eval';

/** A case's entry: a pass of the model, with its loss, and in `train` gradients and the model's next state. */
function entryOf({modelFn, lossFn}: Workload, {logits: pick}: GoldenWorkload, pass: Pass): Entry {
  return (state, {batch}) => {
    const look = (params: Tree<Tensor>) => {
      const {logits, modelState} = modelFn(params, batch, state.modelState, {mode: pass});
      const {summed, nValidExamples, perExample} = lossFn({logits, batch});
      const smoothed = lossFn({logits, batch, labelSmoothing: 0.1}).summed;
      const shown = (pick ? pick(logits) : logits) as Tensor;
      const aux = {logits: shown, summed, nValidExamples, perExample, smoothed, ...prefixed('state', modelState)};
      return {loss: tf.div(summed, nValidExamples) as Tensor, aux};
    };
    if (pass === 'eval') return {state, outputs: look(state.params).aux};
    const {aux, gradients} = lossAndGradients(look, state.params);
    return {state, outputs: {...aux, ...prefixed('gradient', gradients)}};
  };
}

function prefixed(prefix: string, tree: Tree<Tensor>): {[path: string]: Tensor} {
  return Object.fromEntries(leavesOf(tree).map(({path, value}) => [`${prefix} ${path}`, value]));
}

/** Compares sum, norm and samples; a value's error is relative to it, or to the array's root mean square if that is larger. */
function expectLook({data}: NdArray, {l2, sum, samples}: Look, tolerance: number, name: string): void {
  let [squares, total] = [0, 0];
  for (const value of data) {
    squares += value * value;
    total += value;
  }
  const rms = l2 / Math.sqrt(data.length);
  expect(Math.abs(Math.sqrt(squares) - l2), `norm of ${name}`).toBeLessThanOrEqual(tolerance * l2);
  expect(Math.abs(total - sum), `sum of ${name}`).toBeLessThanOrEqual(tolerance * l2 * Math.sqrt(data.length));
  for (const [i, value] of samples) {
    const limit = 10 * tolerance * Math.max(Math.abs(value), rms);
    expect(Math.abs(data[i]! - value), `${name} at ${i}`).toBeLessThanOrEqual(limit);
  }
}

function expectNear(found: number, expected: number, name: string): void {
  expect(Math.abs(found - expected), name).toBeLessThanOrEqual(VALUE_TOLERANCE * Math.max(1, Math.abs(expected)));
}

type Arrays = {readonly [name: string]: NdArray};

function expectPass(arrays: Arrays, golden: GoldenPass, pathOf: typeof ownPath, gradientTolerance: number): void {
  if (golden.logits) {
    expect(arrays.logits!.shape).toEqual(golden.logits.shape);
    expectLook(arrays.logits!, golden.logits, VALUE_TOLERANCE, 'logits');
  }
  expectNear(arrays.summed!.data[0]!, golden.lossSummed, 'loss');
  expectNear(arrays.nValidExamples!.data[0]!, golden.nValidExamples, 'number of valid examples');
  expectNear(arrays.smoothed!.data[0]!, golden.smoothedLossSummed, 'loss with label smoothing');
  for (const [i, loss] of golden.perExample) expectNear(arrays.perExample!.data[i]!, loss, `loss of ${i}`);
  for (const [path, look] of Object.entries(golden.newModelState)) {
    expectLook(arrays[`state ${pathOf(path)}`]!, look, VALUE_TOLERANCE, path);
  }
  for (const [path, look] of Object.entries(golden.grads)) {
    expectLook(arrays[`gradient ${pathOf(path)}`]!, look, gradientTolerance, `gradient of ${path}`);
  }
}

/** As flax's initialisation: constants are the same, the moments of drawn values as near as two draws of that size are. */
function expectDrawn({data, shape}: NdArray, {path, init, ...leaf}: GoldenLeaf): void {
  expect(shape, path).toEqual(leaf.shape);
  if (!init) return;
  const values = data as Float32Array;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  const errorOfMean = 6 * init.std * Math.sqrt(2 / data.length);
  expect(Math.abs(mean - init.mean), `mean of ${path}`).toBeLessThanOrEqual(errorOfMean + 1e-6 * Math.abs(init.mean));
  expect(Math.abs(std - init.std), `deviation of ${path}`).toBeLessThanOrEqual(errorOfMean + 1e-7);
}

function expectTypes(workload: Workload, leaves: readonly GoldenLeaf[], pathOf: typeof ownPath): void {
  const types = new Map(leavesOf<ParameterType>(workload.paramTypes).map(({path, value}) => [path, value]));
  for (const {path, type} of leaves) {
    if (type) expect(types.get(pathOf(path)), path).toBe(type.toLowerCase());
  }
}

function entryFor(workload: string): GoldenWorkload | undefined {
  const names = Object.keys(goldenWorkloads).filter((name) => workload === name || workload.startsWith(`${name}_`));
  return goldenWorkloads[names.sort((a, b) => b.length - a.length)[0]!];
}

/** A file whose workload is not in this tool is skipped; one that is there needs a line in `goldenWorkloads`. */
const files: [title: string, golden: GoldenFile, isBuilt: boolean][] = goldenFiles.map((file) => {
  const golden = readGolden(file);
  const isBuilt = workloadNames.includes(golden.workload);
  return [isBuilt ? file : `${file} (skipped: there is no workload ${golden.workload})`, golden, isBuilt];
});

describe.each(files)('%s', (_, golden, isBuilt) => {
  const own = entryFor(golden.workload)!;
  const pathOf = own?.pathOf ?? ownPath;

  test.skipIf(!isBuilt)('the workload has its parameters, which begin as there', async () => {
    const workload = await loadWorkload(golden.workload);
    const names = leavesOf(workload.paramTypes).map(({path}) => path);
    expect(names.sort()).toEqual(golden.params.map(({path}) => pathOf(path)).sort());
    expectTypes(workload, golden.params, pathOf);
    // The goldens have no first values of these: finewebedu-init.test.ts compares them with AlgoPerf's rules.
    if (own.isLarge) return;
    const {params, modelState} = workload.initModel([0, 5]);
    for (const [tree, expected] of [
      [params, golden.params],
      [modelState, golden.modelState],
    ] as const) {
      const leaves = new Map(leavesOf<NdArray>(tree).map(({path, value}) => [path, value]));
      expect([...leaves.keys()].sort()).toEqual(expected.map(({path}) => pathOf(path)).sort());
      for (const leaf of expected) expectDrawn(leaves.get(pathOf(leaf.path))!, leaf);
    }
  });

  describe.each(goldenBackends)('on %s', (backend) => {
    const isSkipped = !isBuilt || (backend === 'tensorflow' ? !hasTensorflow : own.isLarge === true);
    const title = "passes, losses and gradients are AlgoPerf's: $name";
    beforeAll(async () => {
      if (!isSkipped) await openEngine(backend);
    });

    test.skipIf(isSkipped).each([...golden.cases])(
      backend === 'tensorflow' ? onTensorflow(title) : title,
      async (each) => {
        const workload = await loadWorkload(golden.workload);
        const arrays = passesOf(workload, golden, each);
        const tolerance = own.gradientTolerance ?? Math.max(VALUE_TOLERANCE, 4 * each.gradientError);
        for (const pass of ['train', 'eval'] as const) expectPass(arrays[pass], each[pass], pathOf, tolerance);
      },
    );
  });
});

/** Both passes of a case, run with the goldens' values in the place of drawn ones. */
function passesOf(workload: Workload, golden: GoldenFile, {inputs, name}: GoldenCase): {[pass in Pass]: Arrays} {
  const own = entryFor(golden.workload)!;
  const pathOf = own.pathOf ?? ownPath;
  const treeOf = (leaves: readonly GoldenLeaf[]): Tree<NdArray> => filledByHash(leaves, pathOf);
  const state = {params: treeOf(golden.params), modelState: treeOf(golden.modelState), optimizer: {}};
  const program = compile(state, {train: entryOf(workload, own, 'train'), eval: entryOf(workload, own, 'eval')});
  const batch = own.batch(inputs, name);
  const arrays = {train: program.run('train', {batch}).arrays(), eval: program.run('eval', {batch}).arrays()};
  program.dispose();
  return arrays;
}

test.skipIf(goldenFiles.length === 0)('every workload that has golden files is compared with them', () => {
  const missing = files.filter(([, {workload}, isBuilt]) => isBuilt && !entryFor(workload)).map(([file]) => file);
  expect(missing).toEqual([]);
  expect(files.some(([, , isBuilt]) => isBuilt)).toBe(true);
});
