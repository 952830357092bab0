export * from './named-submission.js';
export * from './schedules.js';
