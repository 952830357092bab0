export {exportAlgoperf} from './algoperf.js';
export {type Exported, runsToExport} from './each-run.js';
export {exportCsv, exportParquet} from './evaluation-files.js';
export {type ExportedForm, type ExportOptions, exportOptions, exportRuns} from './export-runs.js';
export {spreadsheetText} from './spreadsheet-text.js';
export {openRunEvents, type RunEvents} from './tensorboard/run-events.js';
export {exportTensorboard} from './tensorboard.js';
