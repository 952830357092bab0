export {reportHtml} from './html.js';
export {type ReportSource, readReport} from './read-report.js';
export type * from './report-data.js';
