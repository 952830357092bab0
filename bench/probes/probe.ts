import type {HostBatch, Key, Workload} from '../../src/contract/index.js';
import {alignedFloat32Array, keyFromSeed, normal} from '../../src/engine/index.js';

/** A model outside the workloads whose training step is timed; its shapes are typical of larger workloads. */
export interface Probe {
  readonly batchSize: number;
  readonly model: Pick<Workload, 'initModel' | 'modelFn' | 'lossFn' | 'paramTypes'>;
  /** A batch of noise. */
  batch(seed: number): HostBatch;
}

/** Float32 noise, where the engine can take it from without a copy. */
export function noise(shape: readonly number[], seed: number): HostBatch[string] {
  const {data} = normal(keyFromSeed(seed), shape);
  const aligned = alignedFloat32Array(data.length);
  aligned.set(data);
  return {shape, dtype: 'float32', data: aligned};
}

/** Whole numbers from 0 to `below - 1`. */
export function numbers(shape: readonly number[], {below, seed}: {below: number; seed: number}): HostBatch[string] {
  const count = shape.reduce((product, size) => product * size, 1);
  // A step prime to `below` visits all numbers before it repeats one.
  return {shape, dtype: 'int32', data: Int32Array.from({length: count}, (_, i) => ((i + seed) * 617) % below)};
}

/** Normal with this standard deviation. */
export function scaled(key: Key, shape: readonly number[], deviation: number) {
  const {data} = normal(key, shape);
  return {shape, dtype: 'float32' as const, data: data.map((value) => value * deviation)};
}
