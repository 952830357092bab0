export * from './accuracy.js';
export * from './mean.js';
export * from './names.js';
export {arrayOf, scalarOf, totalWeight} from './outputs.js';
export * from './target.js';
