/**
 * A tensor of the compute engine. Only its type is named here, so that a contract can speak of tensors without loading
 * the engine; the functions that make and combine tensors are `engine`'s `tf`.
 */
export type {Tensor} from '@tensorflow/tfjs-core';
