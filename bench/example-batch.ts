import {full, type HostBatch} from '../src/contract/index.js';
import {alignedFloat32Array} from '../src/engine/index.js';
import {
  EDGE_FEATURES,
  graphBatch,
  graphMemory,
  graphPacking,
  graphWriter,
  NODE_FEATURES,
  TASKS,
} from '../workloads/ogbg/index.js';
import {noise, numbers} from './probes/index.js';

/** Images and classes. */
const images =
  (shape: readonly number[]) =>
  (size: number, seed: number): HostBatch => ({
    inputs: noise([size, ...shape], seed),
    targets: {shape: [size], dtype: 'int32', data: Int32Array.from({length: size}, (_, i) => (i + seed) % 10)},
  });

/** Sequences of 128 tokens, also of a model that is made for longer ones. */
const tokens =
  (below: number) =>
  (size: number, seed: number): HostBatch => ({
    inputs: numbers([size, 128], {below, seed}),
    targets: numbers([size, 128], {below, seed: seed + 1}),
  });

/** Rows of tokens in both languages, all of which count. */
const pairs =
  (below: number, length = 64) =>
  (size: number, seed: number): HostBatch => {
    const tokensOf = (offset: number) => {
      const drawn = numbers([size, length], {below: below - 1, seed: seed + offset});
      return {...drawn, data: drawn.data.map((token) => token + 1)};
    };
    return {inputs: tokensOf(0), targets: tokensOf(1), weights: full([size, length], 1)};
  };

/** Chains of 20 to 30 atoms, as long as there is room for them; two of five answers are known. */
function molecules(size: number, seed: number): HostBatch {
  const packing = graphPacking(size);
  const memory = graphMemory(packing, alignedFloat32Array);
  const writer = graphWriter(memory);
  const lengths = numbers([size], {below: 11, seed}).data.map((length) => 20 + length);
  let room = packing.forms.nodes!.shape[0]! - 1;
  for (const [i, atoms] of lengths.entries()) {
    room -= atoms;
    if (room < 0) break;
    const features = (count: number) => numbers([count], {below: 7, seed: seed + i}).data;
    writer.add({
      nodes: features(atoms * NODE_FEATURES),
      edges: features((atoms - 1) * EDGE_FEATURES),
      pairs: Array.from({length: 2 * (atoms - 1)}, (_, end) => Math.floor((end + 1) / 2)),
      labels: Array.from(numbers([TASKS], {below: 20, seed: seed + i}).data, (drawn) =>
        drawn < 12 ? Number.NaN : Number(drawn === 12),
      ),
    });
  }
  writer.finish();
  return graphBatch(packing, memory);
}

/** Makes a batch of noise in the form of a workload's, by its name. */
export const exampleBatch: {readonly [workload: string]: (size: number, seed: number) => HostBatch} = {
  cifar: images([32, 32, 3]),
  finewebedu_lm: tokens(50_257),
  mnist: images([784]),
  ogbg: molecules,
  text_lm: tokens(256),
  wmt: pairs(32_000),
  wmt_small: pairs(4000),
};

/** The same for evaluations, of those workloads whose batches are others there: the whole length of a translation. */
export const exampleEvaluationBatch: typeof exampleBatch = {
  wmt: pairs(32_000, 256),
};
