export * from './cache.js';
export * from './install.js';
export {DEFAULT_VERSION} from './plan.js';
