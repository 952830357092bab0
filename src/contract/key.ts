/**
 * The key of a stream of random numbers: two unsigned 32-bit words, as in JAX. A key is a value: it is never consumed,
 * and code that needs two independent streams folds or splits it (`engine`'s `foldIn`, `split`).
 */
export type Key = readonly [high: number, low: number];
