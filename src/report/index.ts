export {reportHtml} from './html.js';
export {type LivePage, type LiveSource, serveLive} from './live-page.js';
export {type ReportSource, readReport} from './read-report.js';
export {lineOf} from './read-schedules.js';
export {readScores} from './read-scores.js';
export type * from './report-data.js';
export {type WatchedRuns, watchedRuns} from './watched-runs.js';
