import {
  type ExampleField,
  type HostBatch,
  type Key,
  type NdArray,
  type Rows,
  type Source,
  sizeOf,
} from '../contract/index.js';
import {alignedFloat32Array, split} from '../engine/index.js';
import {requirePositiveInteger} from '../support/index.js';
import {createThreads, type ThreadOptions} from './threads.js';

/** The form of a field of one example. */
export type ExampleForm = Pick<NdArray, 'shape' | 'dtype'>;

/** What a source whose examples are read in threads is made of. */
export interface ThreadSourceOptions extends ThreadOptions {
  /** How many examples there are. */
  readonly size: number;
  /** The fields of an example, without the batch's dimension. */
  readonly fields: {readonly [field: string]: ExampleForm};
  /** Whether examples are changed at random: the reader then gets a key for each in training. Default false. */
  readonly isRandom?: boolean;
  readonly fingerprint?: Source['fingerprint'];
}

/**
 * A source whose examples are read and decoded in worker threads, each batch in one of them, beside the steps. The reader is a module
 * with a function `createReader(options)`, whose result reads one example a call: see `CreateReader`.
 * @throws RangeError naming what is no positive integer
 */
export function threadSource(options: ThreadSourceOptions): Source {
  const {size, fields, isRandom = false, fingerprint} = options;
  requirePositiveInteger('size', size);
  const threads = createThreads(options);
  return {
    size,
    async read(rows, key, reuse) {
      const memory = memoryFor(fields, rows.length, reuse);
      const keys = isRandom && key ? keysOf(key, rows.length) : undefined;
      const filled = await threads.read({rows: rows.slice() as Rows, keys, memory});
      return Object.fromEntries(
        Object.entries(fields).map(([name, {shape, dtype}]) => [
          name,
          {shape: [rows.length, ...shape], dtype, data: filled[name]!},
        ]),
      );
    },
    ...(fingerprint && {fingerprint}),
    close: threads.close,
  };
}

/** A key for each example, two words after the other. */
function keysOf(key: Key, count: number): Uint32Array {
  return Uint32Array.from(split(key, count).flat());
}

/** A batch's memory: that of a batch that is needed no more, where it is as large. */
function memoryFor(
  fields: ThreadSourceOptions['fields'],
  count: number,
  reuse: HostBatch | undefined,
): {[field: string]: ExampleField['data']} {
  return Object.fromEntries(
    Object.entries(fields).map(([name, {shape, dtype}]) => {
      const length = count * sizeOf(shape);
      const old = reuse?.[name]?.data;
      return [name, old?.length === length ? old : newMemory(dtype, length)];
    }),
  );
}

function newMemory(dtype: NdArray['dtype'], length: number): NdArray['data'] {
  if (dtype === 'float32') return alignedFloat32Array(length);
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}
