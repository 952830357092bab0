import {bench} from './step.js';

process.exitCode = await bench(process.argv);
