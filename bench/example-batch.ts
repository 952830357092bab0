import {full, type HostBatch} from '../src/contract/index.js';
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

/** Rows of 64 tokens in both languages, all of which count. */
const pairs =
  (below: number) =>
  (size: number, seed: number): HostBatch => {
    const tokensOf = (offset: number) => {
      const drawn = numbers([size, 64], {below: below - 1, seed: seed + offset});
      return {...drawn, data: drawn.data.map((token) => token + 1)};
    };
    return {inputs: tokensOf(0), targets: tokensOf(1), weights: full([size, 64], 1)};
  };

/** Makes a batch of noise in the form of a workload's, by its name. */
export const exampleBatch: {readonly [workload: string]: (size: number, seed: number) => HostBatch} = {
  cifar: images([32, 32, 3]),
  finewebedu_lm: tokens(50_257),
  mnist: images([784]),
  text_lm: tokens(256),
  wmt: pairs(32_000),
  wmt_small: pairs(4000),
};
