export * from './backends.js';
export * from './compile.js';
export * from './gradients.js';
export {dropout, foldTensor, keyedUniform} from './keyed-random.js';
export * from './layers.js';
export {compileEager} from './program.js';
export * from './random.js';
export {type AdamUpdate, type AdamUpdateOptions, adamUpdate} from './tensorflow/adam.js';
export {tf} from './tf.js';
