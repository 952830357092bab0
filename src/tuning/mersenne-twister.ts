/** A stream of MT19937's numbers, as numpy's `RandomState` draws from it. */
export interface MersenneTwister {
  /** The next 32 bits, in [0, 2^32). */
  uint32(): number;
  /** Uniform in [0, 1), with 53 bits; `random_sample`. */
  double(): number;
  /** Shuffles a list in place; `shuffle`. */
  shuffle<T>(list: T[]): T[];
}

const SIZE = 624;
const SHIFT = 397;

/**
 * @param seed - an integer in [0, 2^53). From 2^32 on, where numpy takes no integer, it seeds as the array of the seed's lower and
 * upper 32 bits does.
 * @see {@link https://doi.org/10.1145/272991.272995 | Matsumoto and Nishimura 1998}; same numbers as `numpy.random.RandomState`
 */
export function mersenneTwister(seed: number): MersenneTwister {
  const state = seed < 2 ** 32 ? stateOf(seed) : stateOfArray([seed % 2 ** 32, Math.floor(seed / 2 ** 32)]);
  let at = SIZE;
  const uint32 = (): number => {
    if (at === SIZE) {
      advance(state);
      at = 0;
    }
    return tempered(state[at++]!);
  };
  return {
    uint32,
    double: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    shuffle(list) {
      for (let i = list.length - 1; i > 0; i--) {
        const j = upTo(i, uint32);
        [list[i], list[j]] = [list[j]!, list[i]!];
      }
      return list;
    },
  };
}

function stateOf(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, mixed(state[i - 1]!)) + i;
  return state;
}

function stateOfArray(words: readonly number[]): Uint32Array {
  const state = stateOf(19650218);
  let i = 1;
  const step = (value: number): void => {
    state[i] = value;
    i += 1;
    if (i < SIZE) return;
    state[0] = state[SIZE - 1]!;
    i = 1;
  };
  for (let k = 0; k < SIZE; k++) {
    const j = k % words.length;
    step((state[i]! ^ Math.imul(mixed(state[i - 1]!), 1664525)) + words[j]! + j);
  }
  for (let k = 1; k < SIZE; k++) step((state[i]! ^ Math.imul(mixed(state[i - 1]!), 1566083941)) - i);
  state[0] = 0x80000000;
  return state;
}

function mixed(word: number): number {
  return word ^ (word >>> 30);
}

function advance(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const y = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
    state[i] = state[(i + SHIFT) % SIZE]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}

function tempered(word: number): number {
  let y = word;
  y ^= y >>> 11;
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return (y ^ (y >>> 18)) >>> 0;
}

/** Uniform in 0..most: bits that are beyond it are drawn again. @param most - below 2^32 */
function upTo(most: number, uint32: () => number): number {
  const mask = 0xffffffff >>> Math.clz32(most);
  for (;;) {
    const value = (uint32() & mask) >>> 0;
    if (value <= most) return value;
  }
}
