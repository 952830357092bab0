/** Which trial of which study, of what. */
export interface TrialIdentity {
  /** The seed of all studies, in [0, 2^53). */
  readonly seed: number;
  /** Counts from 1. */
  readonly study: number;
  readonly workload: string;
  /** Counts from 1. */
  readonly trial: number;
}

/**
 * The seed of one trial's random numbers, in [0, 2^53): FNV-1a with 64 bits, and a last mixing (that of SplitMix64), over all that
 * the trial is known by. No other trial decides it, so that one that is run alone has the same.
 */
export function trialSeed({seed, study, workload, trial}: TrialIdentity): number {
  const bytes = new TextEncoder().encode(JSON.stringify([seed, study, workload, trial]));
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return Number(mixed(hash) >> 11n);
}

function mixed(word: bigint): bigint {
  const first = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
  const second = BigInt.asUintN(64, (first ^ (first >> 27n)) * 0x94d049bb133111ebn);
  return second ^ (second >> 31n);
}
