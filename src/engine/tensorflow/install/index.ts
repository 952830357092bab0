export * from './cache.js';
export * from './child.js';
export * from './install.js';
export {DEFAULT_VERSION} from './plan.js';
