import type {ByteScaling, NdArray, Tensor} from '../../contract/index.js';
import {copyRows, type UnreadRows} from '../rows.js';
import {tf} from '../tf.js';
import {scaleBytesIn} from './scale-bytes.js';
import type {WasmBackend} from './types.js';

/** A tensor of rows that have not been copied yet: they are written into wasm's memory and nowhere else. */
export function tensorOfRows({shape, dtype}: Omit<NdArray, 'data'>, picked: UnreadRows): Tensor {
  const backend = tf.backend() as unknown as WasmBackend;
  const info = backend.makeOutput([...shape], dtype);
  const target = backend.typedArrayFromHeap(info);
  const {scaling} = picked.source;
  if (scaling) writeScaled(picked, scaling, target, backend);
  else copyRows(picked.source, picked.rows, target);
  return tf.engine().makeTensorFromTensorInfo(info, tf.backend());
}

/** The bytes are put at the end of the tensor's own memory, and scaled from there to its beginning. */
function writeScaled(
  {source, rows}: UnreadRows,
  scaling: ByteScaling,
  target: NdArray['data'],
  backend: WasmBackend,
): void {
  const {buffer, byteOffset, byteLength, length} = target;
  const bytes = new Uint8Array(buffer, byteOffset + byteLength - length, length);
  copyRows(source, rows, bytes);
  scaleBytesIn(backend)(bytes.byteOffset, byteOffset, length, scaling.scale, scaling.offset);
}
