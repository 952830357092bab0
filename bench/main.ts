import {DEVICES, devices} from './devices.js';
import {bench} from './step.js';
import {TO_TARGET, toTarget} from './to-target.js';

const has = (flag: string): boolean => process.argv.includes(flag);
const task = has(TO_TARGET) ? toTarget : has(DEVICES) ? devices : bench;
process.exitCode = await task(process.argv);
