import type {HostBatch, NdArray} from '../../src/contract/index.js';
import {graphBatch, graphMemory, graphPacking, graphWriter} from '../../workloads/ogbg/batch.js';
import {type GoldenWorkload, ids, ownPath, r} from './workload-goldens.js';

/** The workloads that the golden files are compared with, by name: a variant is the workload whose name it begins with. */
export const goldenWorkloads: {readonly [workload: string]: GoldenWorkload} = {
  cifar: {
    batch: () => {
      const shape = [4, 32, 32, 3];
      const data = Float32Array.from({length: 4 * 32 * 32 * 3}, (_, i) => {
        const [b, y, x, c] = [Math.floor(i / 3072), Math.floor(i / 96) % 32, Math.floor(i / 3) % 32, i % 3];
        const wave = Math.sin((2 * Math.PI * ((b + 1) * y + (2 - b) * (c + 1) * x)) / 32 + b + c);
        return 1.5 * wave + 0.5 * r(1000, i);
      });
      return {inputs: {shape, dtype: 'float32', data}, targets: ids(1001, [4], 0, 9)};
    },
    pathOf: (path) => ownPath(path).replace('batchNormProj', 'normProj'),
    // An input of the first block's last ReLU is 9e-8: rounding decides on which side of 0 it lies, which changes single gradients of
    // the layers before by a hundredth of their root mean square.
    gradientTolerance: 1.5e-3,
  },
  finewebedu_lm: {
    batch: () => {
      const tokens = ids(1000, [2, 25], 0, 50_256).data;
      const some = (from: number): NdArray => {
        const data = Int32Array.from({length: 48}, (_, i) => tokens[Math.floor(i / 24) * 25 + (i % 24) + from]!);
        return {shape: [2, 24], dtype: 'int32', data};
      };
      const data = new Float32Array(48).fill(1).fill(0, 44);
      return {inputs: some(0), targets: some(1), weights: {shape: [2, 24], dtype: 'float32', data}};
    },
    isLarge: true,
    // Of single numbers: the gradients of `attn_scale` are sums whose terms nearly cancel.
    gradientTolerance: 2e-4,
  },
  mnist: {
    batch: () => {
      const bytes = ids(1000, [2, 784], 0, 255).data;
      const [mean, deviation] = [Math.fround(0.1307), Math.fround(0.3081)];
      const data = Float32Array.from(bytes, (byte) => Math.fround(byte - mean) / deviation);
      return {inputs: {shape: [2, 784], dtype: 'float32', data}, targets: ids(1001, [2], 0, 9)};
    },
    // Its sigmoids are saturated by these inputs.
    gradientTolerance: 3e-4,
  },
  ogbg: {batch: twoGraphs},
  // In float64 an input of a ReLU is -1.3e-7 here: on wasm its rounding puts it on the other side of 0.
  ogbg_model_size: {batch: twoGraphs, gradientTolerance: 1e-2},
  wmt: {batch: pairsOfSentences},
};

/** Rows of tokens, and of packed ones their positions and segments; `weights` is 1 where a target is not 0. */
function pairsOfSentences(inputs: {readonly [name: string]: unknown}): HostBatch {
  const fields: {[name: string]: NdArray} = {};
  for (const sentences of ['inputs', 'targets'])
    for (const kind of ['', '_position', '_segmentation']) {
      const rows = (inputs[`${sentences}${kind}_values`] ?? inputs[`${sentences}${kind}`]) as readonly number[][];
      if (!Array.isArray(rows)) continue;
      const name = `${sentences}${kind}`.replace(/_(.)/, (_, letter: string) => letter.toUpperCase());
      fields[name] = {shape: [rows.length, rows[0]!.length], dtype: 'int32', data: Int32Array.from(rows.flat())};
    }
  const {targets} = fields;
  const weights = Float32Array.from(targets!.data, (token) => Number(token > 0));
  return {...fields, weights: {shape: targets!.shape, dtype: 'float32', data: weights}};
}

/** Two molecules, batched as AlgoPerf does. */
function twoGraphs(): HostBatch {
  const packing = graphPacking(2);
  const memory = graphMemory(packing, (length) => new Float32Array(length));
  const writer = graphWriter(memory);
  const [nodes, edges] = [ids(1000, [7, 9], 0, 9).data, ids(1001, [5, 3], 0, 3).data];
  const labels = Float32Array.from({length: 256}, (_, i) => {
    const u = (r(1002, i) + 1) / 2;
    return u < 0.3 ? 1 : u < 0.7 ? 0 : Number.NaN;
  });
  writer.add({nodes: nodes.subarray(0, 36), edges: edges.subarray(0, 9), pairs: [0, 1, 1, 2, 0, 2], labels});
  writer.add({
    nodes: nodes.subarray(36),
    edges: edges.subarray(9),
    pairs: [0, 1, 2, 1],
    labels: labels.subarray(128),
  });
  writer.finish();
  return graphBatch(packing, memory);
}
