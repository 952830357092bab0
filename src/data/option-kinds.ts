import {z} from 'zod';
import type {Key, NdArray, Source} from '../contract/index.js';
import {custom, functionOption, objectOption} from '../options/index.js';

/** Kinds of options of sources, and of what draws from them. */

/** What examples are read from. */
export const sourceOption = custom<Source>((value) => {
  const {size, read} = Object(value) as Partial<Source>;
  return typeof size === 'number' && typeof read === 'function';
}, 'a source {size, read}');

/** The key of a stream of random numbers. */
export const keyOption = custom<Key>(
  (value) => Array.isArray(value) && value.length === 2 && value.every((word) => word >>> 0 === word),
  'a key, two integers in [0, 2^32)',
);

/** A module's address. */
export const urlOption = custom<URL>((value) => value instanceof URL, 'a URL');

/** Those of sources that are read in threads. */
export const threadedShape = Object.freeze({
  fields: objectOption<{readonly [field: string]: Pick<NdArray, 'shape' | 'dtype'>}>(
    'an object of fields {shape, dtype}',
  ),
  isRandom: z.boolean().default(false),
  threads: z.int().min(1).default(1),
});

/** Those of sources of records in files. */
export const recordsShape = Object.freeze({
  files: z.array(z.string()).readonly(),
  counts: z.array(z.int().min(0)).readonly().optional(),
  readingOrder: functionOption<(counts: readonly number[]) => Uint32Array>().optional(),
  decoder: urlOption,
  options: z.unknown().optional(),
});
