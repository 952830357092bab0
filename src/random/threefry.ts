import type {Key} from '../contract/index.js';
import {describeValue, requirePositiveInteger} from '../support/index.js';

/**
 * Keys, and random bits as functions of a key: Threefry-2x32 with 20 rounds, as JAX draws them.
 * @see {@link https://doi.org/10.1145/2063384.2063405 | Salmon et al. 2011}; same bits as `jax.random` (partitionable threefry)
 */

const PARITY = 0x1bd11bda;

/**
 * Encrypts the counters in place: `high[i]`, `low[i]` are replaced by the cipher's two words under `key`.
 * Each pass of the inner loop is eight rounds, written out because constant rotations make it several times faster;
 * the cipher's 20 rounds end in the middle of the third pass.
 */
function threefry([k0, k1]: Key, high: Uint32Array, low: Uint32Array): void {
  const keys = Int32Array.of(k0, k1, k0 ^ k1 ^ PARITY);
  for (let i = 0; i < high.length; i++) {
    let x0 = (high[i]! + keys[0]!) | 0;
    let x1 = (low[i]! + keys[1]!) | 0;
    for (let group = 1; ; group += 2) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
      x0 = (x0 + keys[group % 3]!) | 0;
      x1 = (x1 + keys[(group + 1) % 3]! + group) | 0;
      if (group === 5) break;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
      x0 = (x0 + keys[(group + 1) % 3]!) | 0;
      x1 = (x1 + keys[(group + 2) % 3]! + group + 1) | 0;
    }
    high[i] = x0;
    low[i] = x1;
  }
}

/**
 * The key of a seed: its upper and lower 32 bits. Same key as `jax.random.key` (from 2^32 on: as JAX with 64-bit types).
 * @param seed - an integer in [0, 2^53)
 * @throws RangeError if it is not
 */
export function keyFromSeed(seed: number): Key {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed must be an integer of at least 0, got ${seed}`);
  return [Math.floor(seed / 2 ** 32), seed >>> 0];
}

/**
 * A key for the `n`-th of a family of streams. Same key as `jax.random.fold_in`.
 * @param n - an integer in [0, 2^32)
 * @throws RangeError if it is not
 */
export function foldIn(key: Key, n: number): Key {
  requireKey(key);
  if (n >>> 0 !== n) throw new RangeError(`n must be an integer in [0, 2^32), got ${n}`);
  const high = Uint32Array.of(0);
  const low = Uint32Array.of(n);
  threefry(key, high, low);
  return [high[0]!, low[0]!];
}

/** `count` independent keys. Same keys as `jax.random.split`. @throws RangeError unless `count` is an integer >= 1 */
export function split(key: Key, count: number): Key[] {
  requirePositiveInteger('count', count);
  const {high, low} = encryptedCounters(key, count);
  return Array.from({length: count}, (_, i) => [high[i]!, low[i]!] as const);
}

/** `count` random 32-bit words. Same bits as `jax.random.bits`. */
export function randomBits(key: Key, count: number): Uint32Array {
  const {high, low} = encryptedCounters(key, count);
  for (let i = 0; i < count; i++) high[i]! ^= low[i]!;
  return high;
}

function requireKey(key: Key): void {
  if (key?.length === 2 && key[0] >>> 0 === key[0] && key[1] >>> 0 === key[1]) return;
  const found = Array.isArray(key) ? `[${(key as readonly unknown[]).join(', ')}]` : describeValue(key);
  throw new RangeError(`key must be two integers in [0, 2^32), got ${found}`);
}

function encryptedCounters(key: Key, count: number): {high: Uint32Array; low: Uint32Array} {
  requireKey(key);
  const high = new Uint32Array(count);
  const low = ascending(count);
  threefry(key, high, low);
  return {high, low};
}

/** `0, 1, ... count - 1`. */
function ascending(count: number): Uint32Array {
  const numbers = new Uint32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}
