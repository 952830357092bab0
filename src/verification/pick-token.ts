/** How a token is drawn. */
export interface PickOptions {
  /** The logits are divided by it; 0: the likeliest token is taken. */
  readonly temperature: number;
  /** Only so many of the likeliest tokens are drawn; default: all. */
  readonly topK?: number | undefined;
}

/** Whether tokens depend on draws: where the likeliest is taken, no seed has an effect. */
export function isDrawn({temperature, topK}: PickOptions): boolean {
  return temperature > 0 && topK !== 1;
}

/**
 * Draws a token by the softmax of its logits.
 * @param draw - in [0, 1)
 */
export function pickToken(logits: ArrayLike<number>, draw: number, {temperature, topK}: PickOptions): number {
  const byLogit = Array.from(logits, (_, token) => token).sort((a, b) => logits[b]! - logits[a]!);
  if (temperature === 0) return byLogit[0]!;
  const kept = topK === undefined ? byLogit : byLogit.slice(0, topK);
  const weights = kept.map((token) => Math.exp((logits[token]! - logits[kept[0]!]!) / temperature));
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return kept[found < 0 ? kept.length - 1 : found]!;
}
