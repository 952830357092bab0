export * from './checked-table.js';
export * from './checkpoints.js';
export * from './compared-run.js';
export {formatRecord, parseNumber, parseRecords} from './csv.js';
export * from './end-run.js';
export * from './events.js';
export {
  changeOf,
  changesSince,
  differingFiles,
  type FileHashes,
  fileHashes,
  type GrownFile,
  grownFile,
  hashedFiles,
  type OwnRows,
  ownRows,
  settingHashes,
  sha256,
  sourceHashes,
} from './file-hashes.js';
export {findFolders} from './find-folders.js';
export * from './find-run.js';
export * from './flat-entries.js';
export * from './layout.js';
export * from './list.js';
export * from './listed-run.js';
export * from './lock.js';
export {lookedFor, noRunsIn, unreadableInWords} from './no-runs.js';
export * from './process-files.js';
export * from './recorded-code.js';
export {misplacement, recordedId} from './recorded-place.js';
export {deleteRun, removeRuns} from './remove-runs.js';
export * from './result.js';
export {fieldNames, fieldsOf, type RunField, type RunFields} from './run-fields.js';
export * from './run-folder.js';
export * from './safetensors.js';
export * from './schedule-table.js';
export * from './settings.js';
export type {RunStatus, RunSummary} from './summary.js';
export * from './system.js';
export * from './tables.js';
export {readTargetRule, targetRuleIn} from './target-facts.js';
export {
  keepTuningRecord,
  readTuningRecord,
  type TuningPlace,
  type TuningRecord,
} from './tuning-record.js';
export * from './user-code.js';
export {isTrue, runsWhere, sortedRuns, unknownKey} from './where.js';
export {type Condition, parseWhere, whereMistake} from './where-text.js';
