import type {DType, NdArray} from './ndarray.js';

/** A batch on the host: fields [batch, ...]. Valid until the next one is drawn: its memory is used again. */
export interface HostBatch {
  readonly [field: string]: NdArray;
}

/** What a byte becomes for the model: `byte * scale + offset`. Both numbers, the product and the sum are rounded to float32. */
export interface ByteScaling {
  readonly scale: number;
  readonly offset: number;
}

/**
 * A field of examples as it is kept in memory: in the form that the model sees, or as bytes, which take a quarter of the memory
 * and become float32 when a batch is made of them.
 */
export interface ExampleField {
  /** [examples, ...] */
  readonly shape: readonly number[];
  readonly dtype: DType | 'uint8';
  /** As `NdArray`'s; Uint8Array for uint8. */
  readonly data: NdArray['data'];
  /** Of bytes: what the model sees of them. */
  readonly scaling?: ByteScaling;
}
