/** How many examples stand for a whole source in its fingerprint. */
const LOOKED_AT = 256;

/** Numbers of examples, evenly spaced: 256 of them, or all where there are fewer. */
export function evenlySpaced(size: number): number[] {
  const taken = Math.min(LOOKED_AT, size);
  return Array.from({length: taken}, (_, i) => Math.floor((i * size) / taken));
}
