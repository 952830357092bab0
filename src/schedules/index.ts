export {type CycleSpec, problemsOf, type SpecProblem} from './cycle-spec.js';
export * from './cycles.js';
export type {DecayOptions} from './decay-options.js';
export * from './decays.js';
export * from './restarts.js';
export {cosineBetween, joinSchedules, type Schedule} from './schedule.js';
export * from './shapes.js';
export * from './warmups.js';
