export * from './cycles.js';
export * from './decays.js';
export * from './schedule.js';
export * from './warmups.js';
