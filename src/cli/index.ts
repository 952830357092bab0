export {threeDigits} from './backend-bench.js';
export {exitCodeOf} from './exit.js';
export {integerFrom} from './options.js';
export {superviseRun} from './supervise.js';
export {table} from './table.js';
