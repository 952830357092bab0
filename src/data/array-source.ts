import {createHash} from 'node:crypto';
import type {ByteScaling, ExampleField, HostBatch, Key, NdArray, Rows, Source} from '../contract/index.js';
import {requireFieldValues, rowTaker} from '../engine/index.js';
import {describeValue, SubmissionError} from '../support/index.js';
import {evenlySpaced} from './evenly-spaced.js';

/** Examples in memory: every field has the same leading dimension, the number of examples. */
export interface Examples {
  readonly [field: string]: ExampleField;
}

/** Makes a batch of examples in memory, as `Source.read` does. A pure function. */
export type MakeBatch = (
  examples: Examples,
  rows: Rows,
  key: Key | undefined,
  reuse: HostBatch | undefined,
) => HostBatch;

/** Examples that lie in memory. */
export interface ArraySource extends Source {
  readonly examples: Examples;
  read(rows: Rows, key?: Key, reuse?: HostBatch): HostBatch;
  fingerprint(): string;
}

/** Fields of more bytes are looked at in evenly spaced rows: the whole of them would take longer than a run's start. */
const MOST_WHOLE_BYTES = 2 ** 20;

/**
 * A source of arrays in memory, which must not change. Bytes stay bytes: they are scaled where a batch is made. Without a
 * `makeBatch` a batch is the rows as they are, copied when its data is first asked for: an engine that holds the arrays itself
 * never asks.
 * @param makeBatch - for examples that are kept in another form than the model sees, or are changed at random for training
 * @throws SubmissionError naming the field whose dtype, shape or number of examples is wrong, whose data is not in the typed array of its
 * dtype or not as many values as its shape says, that has bytes without a `scaling` and no `makeBatch` for them, or a `scaling` for
 * what are no bytes
 */
export function arraySource(examples: Examples, makeBatch?: MakeBatch): ArraySource {
  const size = requireFields(examples);
  if (makeBatch) {
    const read: ArraySource['read'] = (rows, key, reuse) => makeBatch(examples, rows, key, reuse);
    return {examples, size, read, fingerprint: () => arraysFingerprint(examples, size)};
  }
  requireScaling(examples);
  const takers = new Map<number, (rows: Uint32Array) => HostBatch>();
  return {
    examples,
    size,
    read(rows) {
      let take = takers.get(rows.length);
      if (!take) {
        take = batchTaker(examples, rows.length);
        takers.set(rows.length, take);
      }
      return take(rows instanceof Uint32Array ? rows : Uint32Array.from(rows));
    },
    fingerprint: () => arraysFingerprint(examples, size),
  };
}

/** Batches of one size share one buffer a field. */
function batchTaker(examples: Examples, batchSize: number): (rows: Uint32Array) => HostBatch {
  const fields = Object.entries(examples).map(([name, field]) => [name, rowTaker(field, batchSize)] as const);
  return (rows) => {
    const batch: {[field: string]: NdArray} = {};
    for (const [name, take] of fields) batch[name] = take(rows);
    return batch;
  };
}

/** @returns the number of examples */
function requireFields(examples: Examples): number {
  if (!isObject(examples))
    throw new SubmissionError(
      `examples have to be an object of fields, each {shape, dtype, data}; found ${describeValue(examples)}`,
    );
  const fields = Object.entries(examples);
  for (const [name, field] of fields) requireField(name, field);
  const size = fields[0]?.[1].shape[0] ?? 0;
  if (size < 1) throw new SubmissionError('examples must have a field with at least one example');
  for (const [name, {shape}] of fields) {
    if (shape[0] !== size)
      throw new SubmissionError(
        `field '${name}' must have ${size} examples, as '${fields[0]![0]}' has; got ${shape[0]}`,
      );
  }
  return size;
}

function requireField(name: string, field: ExampleField): void {
  const what = `field '${name}'`;
  if (!isObject(field))
    throw new SubmissionError(`${what} has to be {shape, dtype, data}; found ${describeValue(field)}`);
  requireFieldValues(field, what);
  if (field.scaling === undefined) return;
  const {scale, offset} = Object(field.scaling) as Partial<ByteScaling>;
  if (!(Number.isFinite(scale) && Number.isFinite(offset)))
    throw new SubmissionError(`the \`scaling\` of ${what} has to be {scale, offset}, two finite numbers`);
  if (field.dtype !== 'uint8')
    throw new SubmissionError(`${what} is ${field.dtype}: a \`scaling\` is for bytes, of dtype uint8, alone`);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function requireScaling(examples: Examples): void {
  for (const [name, {dtype, scaling}] of Object.entries(examples)) {
    if (dtype === 'uint8' && !scaling)
      throw new SubmissionError(`field '${name}' has bytes: it needs a \`scaling\`, or the source a makeBatch`);
  }
}

/** Over the shape of every field, small fields such as labels whole, and evenly spaced rows of large ones. */
function arraysFingerprint(examples: Examples, size: number): string {
  const hash = createHash('sha256');
  for (const [name, field] of Object.entries(examples)) {
    hash.update(`${name} ${field.dtype} ${field.shape.join('x')}\n`);
    if (field.data.byteLength <= MOST_WHOLE_BYTES) hash.update(bytesOf(field, 0, size));
    else for (const row of evenlySpaced(size)) hash.update(bytesOf(field, row, 1));
  }
  return hash.digest('hex');
}

function bytesOf({data, shape}: ExampleField, from: number, rows: number): Uint8Array {
  const width = data.byteLength / shape[0]!;
  return new Uint8Array(data.buffer, data.byteOffset + from * width, rows * width);
}
