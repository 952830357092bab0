export * from './accuracy.js';
export * from './average-precision.js';
export * from './bits.js';
export * from './bleu.js';
export {type MeanOptions, type MeanState, mean, perplexity} from './mean.js';
export * from './names.js';
export {arrayOf, scalarOf, textsOf, totalWeight} from './outputs.js';
export * from './target.js';
export {tokenize13a} from './tokenize-13a.js';
