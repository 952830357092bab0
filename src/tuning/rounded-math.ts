/**
 * `exp` and `log` rounded to the nearest double. JavaScript's may be off in the last digit, and differ from one engine to the
 * next; those of glibc, which Python uses, are the nearest double in all but a few of a thousand cases.
 */

/** Binary places after the point. */
const PLACES = 256n;
const ONE = 1n << PLACES;

/** How often the argument is halved, so that a short series is exact enough; 2^16 is above every argument of `exp`. */
const HALVINGS = 16n;

/** @param x - at least 0, and small enough for a finite result */
export function roundedExp(x: number): number {
  return toNumber(exp(toFixed(x)));
}

/** @param x - at least 1, finite */
export function roundedLog(x: number): number {
  const near = Math.log(x);
  const power = exp(toFixed(near));
  // log x = near + log(1 + d), and d is below 2^-50.
  const d = ((toFixed(x) - power) << PLACES) / power;
  const square = (d * d) >> PLACES;
  const cube = (square * d) >> PLACES;
  return toNumber(toFixed(near) + d - square / 2n + cube / 3n);
}

function exp(x: bigint): bigint {
  const reduced = x >> HALVINGS;
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term > 0n; n++) {
    term = (term * reduced) / (n << PLACES);
    sum += term;
  }
  for (let i = 0n; i < HALVINGS; i++) sum = (sum * sum) >> PLACES;
  return sum;
}

/** A double in fixed point; what lies beyond its places is cut. */
function toFixed(x: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, x);
  const word = bits.getBigUint64(0);
  const exponent = (word >> 52n) & 0x7ffn;
  const fraction = word & ((1n << 52n) - 1n);
  const mantissa = exponent === 0n ? fraction : fraction | (1n << 52n);
  const shift = (exponent === 0n ? 1n : exponent) - 1075n + PLACES;
  return shift >= 0n ? mantissa << shift : mantissa >> -shift;
}

/** The nearest double. */
function toNumber(fixed: bigint): number {
  // As many bits as decide how a double is rounded, so that the number in between is finite.
  const excess = Math.max(0, fixed.toString(2).length - 128);
  return Number(fixed >> BigInt(excess)) * 2 ** (excess - Number(PLACES));
}
