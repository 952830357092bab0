import {createHash, type Hash} from 'node:crypto';
import {fstatSync, readSync} from 'node:fs';
import {type NdArray, sizeOf} from '../contract/index.js';
import {withRegularFile, writeWhole} from '../support/index.js';

/** An array with the name that it has in a file: any text but `__metadata__`. */
export interface NamedTensor {
  readonly name: string;
  readonly array: NdArray;
}

/** Arrays, and text beside them, as a safetensors file holds them. */
export interface TensorFile {
  readonly tensors: readonly NamedTensor[];
  readonly metadata: {readonly [name: string]: string};
}

/** A file that was read. */
export interface ReadTensorFile extends TensorFile {
  /** Of all that it holds, in lower-case hexadecimal. */
  readonly sha256: string;
}

const TYPES = {float32: 'F32', int32: 'I32', bool: 'BOOL'} as const;
const MAKERS = {
  F32: {bytes: 4, dtype: 'float32', make: (size: number) => new Float32Array(size)},
  I32: {bytes: 4, dtype: 'int32', make: (size: number) => new Int32Array(size)},
  BOOL: {bytes: 1, dtype: 'bool', make: (size: number) => new Uint8Array(size)},
} as const;
const METADATA = '__metadata__';
const CHECKSUM = 'sha256';
const LENGTH_BYTES = 8;
/** Node reads and writes less than 2 GiB at once. */
const PIECE_BYTES = 2 ** 26;

interface Entry {
  readonly dtype: keyof typeof MAKERS;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

type Entries = {readonly [name: string]: Entry};

/**
 * Writes a safetensors file, whole or not at all: eight bytes of header length, the header in JSON, the data. The metadata
 * also gets the SHA-256 of everything else in the header and of the data, so that damage anywhere is found. The arrays are
 * written from where they are, one after the other; the data of each is asked for twice.
 * @returns that SHA-256, in lower-case hexadecimal
 * @throws RangeError naming an array whose name is given twice, or is `__metadata__`
 * @see {@link https://github.com/huggingface/safetensors | the format}
 */
export function writeSafetensors(path: string, file: TensorFile): string {
  let sum = '';
  const note = (found: string): void => {
    sum = found;
  };
  writeWhole(path, safetensorsChunks(file, note));
  return sum;
}

/**
 * The bytes of the file piece by piece; those of an array are views of its memory.
 * @param onSum - called with the SHA-256
 */
export function* safetensorsChunks(
  {tensors, metadata}: TensorFile,
  onSum?: (sha256: string) => void,
): Generator<Uint8Array> {
  const entries = entriesOf(tensors);
  const hash = hashOf(metadata, entries);
  for (const {array} of tensors) hash.update(bytesOf(array.data));
  const sum = hash.digest('hex');
  onSum?.(sum);
  const header = headerBytes({[METADATA]: {...metadata, [CHECKSUM]: sum}, ...entries});
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(header.length));
  yield Buffer.concat([length, header]);
  for (const {array} of tensors) yield* piecesOf(bytesOf(array.data));
}

/** The header as it is written, filled up with spaces so that the data is aligned. */
function headerBytes(header: object): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc((LENGTH_BYTES - (json.length % LENGTH_BYTES)) % LENGTH_BYTES, ' ');
  return Buffer.concat([json, padding]);
}

function entriesOf(tensors: readonly NamedTensor[]): Entries {
  const entries = new Map<string, Entry>();
  let offset = 0;
  for (const {name, array} of tensors) {
    if (name === METADATA) throw new RangeError(`no array can have the name '${name}'`);
    if (entries.has(name)) throw new RangeError(`two arrays have the name '${name}'`);
    const dtype = TYPES[array.dtype];
    const end = offset + sizeOf(array.shape) * MAKERS[dtype].bytes;
    entries.set(name, {dtype, shape: array.shape, data_offsets: [offset, end]});
    offset = end;
  }
  return Object.fromEntries(entries);
}

function hashOf(metadata: object, entries: Entries): Hash {
  return createHash(CHECKSUM).update(JSON.stringify([metadata, entries]));
}

function bytesOf(data: NdArray['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

/**
 * The content of a file that `writeSafetensors` wrote; each array is read into memory of its own.
 * @throws Error saying what is wrong: cut, not of this format, a tensor that does not fit its place, another checksum
 */
export function readSafetensors(path: string): ReadTensorFile {
  return withRegularFile(path, readOpen);
}

/** The SHA-256 that a file names as that of its content, which is not read; undefined: it can't be read, or names none. */
export function readChecksum(path: string): string | undefined {
  try {
    return withRegularFile(path, (file) => {
      const {[CHECKSUM]: checksum} = Object(readHeader(file, fstatSync(file).size).header[METADATA]);
      return typeof checksum === 'string' ? checksum : undefined;
    });
  } catch {
    return undefined;
  }
}

function readOpen(file: number): ReadTensorFile {
  const {header, dataBytes} = readHeader(file, fstatSync(file).size);
  const {[METADATA]: everything, ...entries} = header;
  const {[CHECKSUM]: checksum, ...metadata} = Object(everything) as {[name: string]: string};
  const hash = hashOf(metadata, entries as Entries);
  let offset = 0;
  const tensors = inOrder(entries as Entries).map(([name, entry]) => {
    if (entry.data_offsets[0] !== offset) throw new Error(`the data of '${name}' is not where it should be`);
    offset = entry.data_offsets[1];
    const array = emptyArray(name, entry, dataBytes);
    readInto(file, bytesOf(array.data), hash);
    return {name, array};
  });
  if (offset !== dataBytes) throw new Error(`${dataBytes} bytes of data where there should be ${offset}`);
  const sha256 = hash.digest('hex');
  if (sha256 !== checksum) throw new Error('its checksum is wrong');
  return {tensors, metadata, sha256};
}

/** The order of the data: JSON puts names that are numbers before the others. */
function inOrder(entries: Entries): [string, Entry][] {
  const list = Object.entries(entries);
  for (const [name, entry] of list)
    if (!entry?.data_offsets?.every(Number.isSafeInteger)) throw new Error(`'${name}' has no place in the data`);
  return list.sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
}

function readHeader(file: number, size: number): {header: {[name: string]: unknown}; dataBytes: number} {
  if (size < LENGTH_BYTES) throw new Error(`${size} bytes are too few for a header`);
  const start = Buffer.alloc(LENGTH_BYTES);
  readInto(file, start);
  const length = start.readBigUInt64LE(0);
  const rest = size - LENGTH_BYTES;
  if (length > BigInt(rest)) throw new Error(`its header should have ${length} bytes, but only ${rest} follow`);
  const json = Buffer.alloc(Number(length));
  readInto(file, json);
  const header = parsedHeader(json);
  // The checksum is of what the JSON says, which can be said in many ways.
  if (!json.equals(headerBytes(header))) throw new Error('its header is not written as the tool writes it');
  return {header, dataBytes: rest - json.length};
}

function parsedHeader(json: Buffer): {[name: string]: unknown} {
  try {
    return Object(JSON.parse(json.toString('utf8')));
  } catch (cause) {
    throw new Error('its header is not JSON', {cause});
  }
}

/** Reads on in a file until `bytes` is full. */
function readInto(file: number, bytes: Uint8Array, hash?: Hash): void {
  for (const piece of piecesOf(bytes)) {
    for (let at = 0; at < piece.length; ) {
      const count = readSync(file, piece, at, piece.length - at, null);
      if (count === 0) throw new Error('it ends too early');
      at += count;
    }
    hash?.update(piece);
  }
}

function emptyArray(name: string, {dtype, shape, data_offsets: [from, to]}: Entry, dataBytes: number): NdArray {
  if (!Object.hasOwn(MAKERS, dtype)) throw new Error(`'${name}' has the unknown type ${dtype}`);
  const {bytes, dtype: ours, make} = MAKERS[dtype];
  const isShape = Array.isArray(shape) && shape.every((length) => Number.isSafeInteger(length) && length >= 0);
  if (!isShape || to - from !== sizeOf(shape) * bytes || to > dataBytes)
    throw new Error(`'${name}' does not have the bytes that its shape takes`);
  return {shape, dtype: ours, data: make(sizeOf(shape))};
}
