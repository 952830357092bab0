export * from './array-source.js';
export * from './evaluation-batches.js';
export * from './fingerprint.js';
export * from './input-queue.js';
export * from './permutation.js';
export type {CreateReader, ExampleMemory, ReadExample} from './reader-thread.js';
export type {CreateDecoder, DecodeRecord} from './record-reader.js';
export {type RecordSourceOptions, recordSource} from './record-source.js';
export {type ExampleForm, type ThreadSourceOptions, threadSource} from './thread-source.js';
