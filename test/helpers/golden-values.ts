import {sizeOf} from '../../src/contract/index.js';

/** The numbers of the golden programs' `values`. */
export function values(shape: readonly number[], seed: number): Float32Array {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return Float32Array.from({length: sizeOf(shape)}, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return i % 7 === 3 ? 0 : (state >>> 25) / 64 - 1;
  });
}
