/** A run of the tool, as `bin/algoperf-ts.js run` makes it, from what was built for the bench: `target-process.js run <options>`. */
import {superviseRun} from '../src/cli/index.js';

process.exitCode = await superviseRun(process.argv.slice(2));
