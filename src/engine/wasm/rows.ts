import type {NdArray, Tensor} from '../../contract/index.js';
import {type UnreadRows, writeRows} from '../rows.js';
import {tf} from '../tf.js';
import type {WasmBackend} from './types.js';

/** A tensor of rows that nobody has copied yet: they are written into wasm's memory and nowhere else. */
export function tensorOfRows({shape, dtype}: Omit<NdArray, 'data'>, {source, rows}: UnreadRows): Tensor {
  const backend = tf.backend() as unknown as WasmBackend;
  const info = backend.makeOutput([...shape], dtype);
  writeRows(source, rows, backend.typedArrayFromHeap(info));
  return tf.engine().makeTensorFromTensorInfo(info, tf.backend());
}
