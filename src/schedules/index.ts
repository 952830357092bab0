export * from './cycles.js';
export * from './decays.js';
export {joinSchedules, type Schedule} from './schedule.js';
export * from './warmups.js';
