/** Sizes that the problems share: 24 steps, with evaluations after the first, the middle and the last one. */
export const SIZE = {
  budget: {stepHint: 24, seconds: 3600, evalEverySeconds: 3600},
  batchSize: 16,
  evalBatchSize: 32,
} as const;
