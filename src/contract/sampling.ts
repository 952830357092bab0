/** How a language model continues a text. */
export interface TextSampling {
  encode(text: string): readonly number[];
  decode(tokens: readonly number[]): string;
  /** The token between documents: a text begins behind one, and ends where the model gives one. */
  readonly endOfDocument: number;
  /** Tokens that the model sees at most: of a longer text the last ones. */
  readonly length: number;
  /** The evaluation's entry with inputs `tokens` int32 [1, n] and `last`, a place in them, and the output `logits` [vocabulary]. */
  readonly entry: string;
}
