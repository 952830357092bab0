import {Socket} from 'node:net';
import {isMainThread} from 'node:worker_threads';
import {LIFELINE} from './supervisor-link.js';

/**
 * Ends this process, whatever it does, when its supervisor was killed and can't end it any more. Loaded in a thread of its own where
 * a user's code may keep the main one busy for ever.
 */
const lifeline = new Socket({fd: LIFELINE, readable: true});
lifeline.on('error', () => {}).on('close', () => process.kill(process.pid, 'SIGKILL'));
lifeline.resume();
if (isMainThread) lifeline.unref();
