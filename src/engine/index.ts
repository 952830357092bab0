export * from './backends.js';
export * from './gradients.js';
export * from './layers.js';
export * from './program.js';
export * from './random.js';
export {tf} from './tf.js';
