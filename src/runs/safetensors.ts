import {createHash} from 'node:crypto';
import {leavesOf, type NdArray, sizeOf, type Tree} from '../contract/index.js';

/** Trees of arrays and text beside them, as a safetensors file holds them. */
export interface TensorFile {
  readonly tensors: Tree<NdArray>;
  readonly metadata: {readonly [name: string]: string};
}

const TYPES = {float32: 'F32', int32: 'I32', bool: 'BOOL'} as const;
const BYTES = {F32: 4, I32: 4, BOOL: 1} as const;
const CHECKSUM = 'sha256';

interface Entry {
  readonly dtype: keyof typeof BYTES;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * The bytes of a safetensors file: eight bytes of header length, the header in JSON, the data. A leaf's name is its path.
 * The metadata also gets the SHA-256 of everything else in the header and of the data, so that damage anywhere is found.
 * @see {@link https://github.com/huggingface/safetensors | the format}
 */
export function encodeSafetensors({tensors, metadata}: TensorFile): Buffer {
  const leaves = leavesOf<NdArray>(tensors);
  const entries: {[name: string]: Entry} = {};
  let offset = 0;
  for (const {path, value} of leaves) {
    entries[path] = {
      dtype: TYPES[value.dtype],
      shape: value.shape,
      data_offsets: [offset, offset + value.data.byteLength],
    };
    offset += value.data.byteLength;
  }
  const parts = leaves.map(({value}) => Buffer.from(value.data.buffer, value.data.byteOffset, value.data.byteLength));
  const checksum = checksumOf(metadata, entries, parts);
  const json = Buffer.from(JSON.stringify({__metadata__: {...metadata, [CHECKSUM]: checksum}, ...entries}));
  const padding = Buffer.alloc((8 - (json.length % 8)) % 8, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length + padding.length));
  return Buffer.concat([length, json, padding, ...parts]);
}

function checksumOf(metadata: object, entries: object, parts: readonly Uint8Array[]): string {
  const hash = createHash(CHECKSUM).update(JSON.stringify([metadata, entries]));
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/**
 * The content of a file that `encodeSafetensors` wrote.
 * @throws Error saying what is wrong: cut, not of this format, a tensor that does not fit its place, another checksum
 */
export function decodeSafetensors(bytes: Uint8Array): TensorFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const {header, data} = splitHeader(buffer);
  const {__metadata__: everything, ...entries} = header;
  const {[CHECKSUM]: checksum, ...metadata} = (everything ?? {}) as {[name: string]: string};
  if (checksumOf(metadata, entries, [data]) !== checksum) throw new Error('its checksum is wrong');
  const tensors: {[name: string]: unknown} = {};
  let offset = 0;
  for (const [path, entry] of Object.entries(entries as {[path: string]: Entry})) {
    if (entry.data_offsets[0] !== offset) throw new Error(`the data of '${path}' is not where it should be`);
    offset = entry.data_offsets[1];
    insert(tensors, path, arrayOf(path, entry, data));
  }
  if (offset !== data.length) throw new Error(`${data.length} bytes of data where ${offset} were to be`);
  return {tensors: tensors as Tree<NdArray>, metadata};
}

function splitHeader(buffer: Buffer): {header: {[name: string]: unknown}; data: Buffer} {
  if (buffer.length < 8) throw new Error(`${buffer.length} bytes are too few for a header`);
  const length = buffer.readBigUInt64LE(0);
  if (length > BigInt(buffer.length - 8))
    throw new Error(`its header should have ${length} bytes, but only ${buffer.length - 8} follow`);
  const end = 8 + Number(length);
  try {
    return {header: JSON.parse(buffer.toString('utf8', 8, end)), data: buffer.subarray(end)};
  } catch (cause) {
    throw new Error('its header is not JSON', {cause});
  }
}

function arrayOf(path: string, {dtype, shape, data_offsets: [from, to]}: Entry, data: Buffer): NdArray {
  if (!(dtype in BYTES)) throw new Error(`'${path}' has the unknown type ${dtype}`);
  if (to - from !== sizeOf(shape) * BYTES[dtype] || to > data.length)
    throw new Error(`'${path}' has not the bytes that its shape takes`);
  // A copy of its own: the file's data need not be aligned.
  const copy = new Uint8Array(data.subarray(from, to)).buffer;
  if (dtype === 'F32') return {shape, dtype: 'float32', data: new Float32Array(copy)};
  if (dtype === 'I32') return {shape, dtype: 'int32', data: new Int32Array(copy)};
  return {shape, dtype: 'bool', data: new Uint8Array(copy)};
}

function insert(tree: {[name: string]: unknown}, path: string, leaf: NdArray): void {
  const names = path.split('/');
  const last = names.pop()!;
  let branch = tree;
  for (const name of names) {
    branch[name] ??= {};
    branch = branch[name] as {[name: string]: unknown};
  }
  branch[last] = leaf;
}
