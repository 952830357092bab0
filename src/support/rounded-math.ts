/**
 * `exp` and `log` rounded to the nearest double. JavaScript's may be off in the last digit, and differ from one engine to the
 * next; those of glibc, which Python uses, are the nearest double in all but a few of a thousand cases.
 */

/** Binary places after the point. */
const PLACES = 256n;
const ONE = 1n << PLACES;

/** How often the argument is halved, so that a short series is exact enough; 2^16 is above every argument of `exp`. */
const HALVINGS = 16n;

/** Below this one the places leave `exp` fewer digits than a double has. */
const LEAST = -128;

/** @param x - small enough for a finite result; below -128 the last digit may be off */
export function roundedExp(x: number): number {
  if (x < LEAST) return Math.exp(x);
  return toNumber(exp(toFixed(x)));
}

/** @param x - at least 2^-64, finite */
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
  if (x < 0n) return (ONE << PLACES) / exp(-x);
  const reduced = x >> HALVINGS;
  let sum = ONE;
  let term = ONE;
  for (let n = 1n; term > 0n; n++) {
    // Not by `n << PLACES`, which gives the same: a long divisor takes far longer.
    term = ((term * reduced) >> PLACES) / n;
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
  const size = shift >= 0n ? mantissa << shift : mantissa >> -shift;
  return x < 0 ? -size : size;
}

/** The nearest double. */
function toNumber(fixed: bigint): number {
  // As many bits as decide how a double is rounded, so that the number in between is finite.
  const size = fixed < 0n ? -fixed : fixed;
  const excess = Math.max(0, size.toString(2).length - 128);
  return Math.sign(Number(fixed)) * Number(size >> BigInt(excess)) * 2 ** (excess - Number(PLACES));
}
