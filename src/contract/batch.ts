import type {NdArray} from './ndarray.js';

/** A batch on the host: fields [batch, ...]. Valid until the next one is drawn: its memory is used again. */
export interface HostBatch {
  readonly [field: string]: NdArray;
}
