import {Socket} from 'node:net';
import {createInterface} from 'node:readline';
import {isMainThread, parentPort} from 'node:worker_threads';
import {LIFELINE} from '../link/index.js';

/**
 * Ends this process when the one that started it is gone, whatever the process is doing. Loaded in a thread of its own
 * where user code may block the main one forever; there it also passes on what the other process writes, line by line.
 */
export const lifeline = new Socket({fd: LIFELINE, readable: true});
lifeline.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGKILL'));
if (!isMainThread) createInterface({input: lifeline}).on('line', (line) => parentPort!.postMessage(line));
