import {Socket} from 'node:net';
import {isMainThread} from 'node:worker_threads';
import {LIFELINE} from './supervisor-link.js';

/**
 * Ends this process when its supervisor was killed, whatever the process is doing. Loaded in a thread of its own
 * where user code may block the main one forever.
 */
const lifeline = new Socket({fd: LIFELINE, readable: true});
lifeline.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGKILL'));
lifeline.resume();
if (isMainThread) lifeline.unref();
