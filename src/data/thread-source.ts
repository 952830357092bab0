import {z} from 'zod';
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
import {checkedOptions, functionOption} from '../options/index.js';
import {threadedShape, urlOption} from './option-kinds.js';
import {createThreads, type ReadTask, type ThreadOptions, type Threads} from './threads.js';

/** The form of a field of one example. */
export type ExampleForm = Pick<NdArray, 'shape' | 'dtype'>;

/** What a source whose examples are read in threads is made of. */
export interface ThreadSourceOptions extends Omit<ThreadOptions, 'readsBatches'> {
  /** How many examples there are. */
  readonly size: number;
  /** The fields of an example, without the batch's dimension. */
  readonly fields: {readonly [field: string]: ExampleForm};
  /** Whether examples are changed at random: the reader then gets a key for each in training. Default false. */
  readonly isRandom?: boolean;
  readonly fingerprint?: Source['fingerprint'];
}

const threadSourceOptions = z.strictObject({
  ...threadedShape,
  size: z.int().min(1),
  reader: urlOption,
  options: z.unknown().optional(),
  fingerprint: functionOption<NonNullable<Source['fingerprint']>>().optional(),
});

/**
 * A source whose examples are read and decoded in worker threads, each batch in one of them, beside the steps. The reader is a module
 * with a function `createReader(options)`, whose result reads one example a call: see `CreateReader`.
 * @throws RangeError naming every option that is missing, wrong or unknown
 */
export function threadSource(options: ThreadSourceOptions): Source {
  const {size, fields, isRandom, fingerprint, ...ofThreads} = checkedOptions(
    'threadSource',
    threadSourceOptions,
    options,
  );
  const threads = createThreads(ofThreads);
  return {
    size,
    read(rows, key, reuse) {
      const forms = Object.entries(fields).map(([name, {shape, dtype}]) => [
        name,
        {shape: [rows.length, ...shape], dtype},
      ]);
      const keys = isRandom && key ? keysOf(key, rows.length) : undefined;
      return readInThread(threads, {rows, keys, forms: Object.fromEntries(forms), reuse});
    },
    ...(fingerprint && {fingerprint}),
    close: threads.close,
  };
}

/** A key for each example, two words after the other. */
function keysOf(key: Key, count: number): Uint32Array {
  return Uint32Array.from(split(key, count).flat());
}

/** A batch to be read in a thread. */
export interface ThreadBatch extends Pick<ReadTask, 'rows' | 'keys'> {
  /** The batch's fields, each with its whole shape. */
  readonly forms: {readonly [field: string]: ExampleForm};
  /** A batch that is needed no more. */
  readonly reuse: HostBatch | undefined;
}

/** Has a batch read in a thread, into the memory of a batch that is needed no more where that is as large. */
export async function readInThread(threads: Threads, {rows, keys, forms, reuse}: ThreadBatch): Promise<HostBatch> {
  const memory: {[field: string]: ExampleField['data']} = {};
  for (const [name, {shape, dtype}] of Object.entries(forms)) {
    const old = reuse?.[name]?.data;
    memory[name] = old?.length === sizeOf(shape) ? old : newMemory(dtype, sizeOf(shape));
  }
  const filled = await threads.read({rows: rows.slice() as Rows, keys, memory});
  return Object.fromEntries(Object.entries(forms).map(([name, form]) => [name, {...form, data: filled[name]!}]));
}

function newMemory(dtype: NdArray['dtype'], length: number): NdArray['data'] {
  if (dtype === 'float32') return alignedFloat32Array(length);
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}
