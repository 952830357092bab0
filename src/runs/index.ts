export * from './checkpoints.js';
export {formatRecord, parseNumber} from './csv.js';

export * from './flat-entries.js';
export * from './layout.js';
export * from './list.js';
export * from './lock.js';
export * from './process-files.js';
export {removeRuns} from './remove-runs.js';
export * from './result.js';
export * from './run-folder.js';
export * from './safetensors.js';
export * from './schedule-table.js';
export * from './settings.js';
export * from './system.js';
export * from './tables.js';
export * from './tuning-record.js';
export * from './user-code.js';
