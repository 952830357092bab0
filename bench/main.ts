import {bench} from './step.js';
import {TO_TARGET, toTarget} from './to-target.js';

process.exitCode = await (process.argv.includes(TO_TARGET) ? toTarget : bench)(process.argv);
