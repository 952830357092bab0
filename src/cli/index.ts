export {threeDigits} from './backend-bench.js';
export {exitCodeOf} from './exit.js';
export {integerFrom} from './options.js';
export {table} from './table.js';
