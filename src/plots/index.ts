export * from './reduce.js';
export * from './render.js';
export * from './schedule-chart.js';
export * from './schedule-line.js';
export {CONFIG, SCHEMA} from './style.js';
export * from './training-chart.js';
export type {DrawnTraining} from './training-series.js';
